import Ajv from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { request } from 'undici';
import { passingKeys } from '../../../harness/submission/keys.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { openBoard } from '../../../web/server/board/board.js';
import { documentedPaths } from '../../../web/server/board/openapi.js';
import { backup, restore } from '../../../web/server/store/backup.js';
import { openBoardDatabase, tracesFolder } from '../../../web/server/store/database.js';
import { embeddedFolder } from '../../harness/database/embedded-folder.js';
import { startPostgres, type RealPostgres } from '../../harness/database/postgres.js';
import { forged, sweepFolder, tinyBundle, tinySweep, type Tiny } from '../../harness/submission/tiny.js';
import { ask, sendBundle, serveBoard, settled, type BoardServer } from './board-server.js';

describe('a board', function () {
  this.timeout(180_000);
  let postgres: RealPostgres | undefined;
  let tiny: Tiny;
  let root: string;
  let databases = 0;
  const stops: (() => Promise<void>)[] = [];

  /** An empty database: of the PostgreSQL server where there is one, else embedded. */
  async function emptyBoard(kind: 'server' | 'folder' = 'server'): Promise<{ folder: string; databaseUrl?: string }> {
    const folder = join(root, `board-${++databases}`);
    if (kind === 'folder' || !postgres) {
      await embeddedFolder(join(folder, 'database'));
      return { folder };
    }
    const admin = await openBoardDatabase(join(root, 'admin'), postgres.url);
    await sql.raw(`create database board_${databases}`).execute(admin.query);
    await admin.close();
    return { folder, databaseUrl: postgres.url.replace(/\/postgres$/, `/board_${databases}`) };
  }

  async function newBoard(more: Partial<Parameters<typeof serveBoard>[0]> = {}, kind?: 'folder'): Promise<BoardServer> {
    const server = await serveBoard({ ...(await emptyBoard(kind)), plans: tiny.plans, ...more });
    stops.push(server.stop);
    return server;
  }

  /** A bundle of these traces, written as another sweep's. */
  function bundleOf(
    traces: readonly Trace[],
    options: Parameters<typeof tinyBundle>[1] = {},
    packed?: (text: string) => Buffer,
  ): Promise<string> {
    const folder = sweepFolder(join(mkdtempSync(join(root, 'sweep-')), 'tiny'), traces, packed);
    return tinyBundle({ folder, published: tiny.published }, options);
  }

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'tickbench-board-'));
    tiny = await tinySweep();
    postgres = await startPostgres('the board over a real PostgreSQL');
  });
  after(async () => {
    for (const stop of stops) await stop();
    await postgres?.stop();
    rmSync(root, { recursive: true, force: true });
    rmSync(dirname(tiny.folder), { recursive: true, force: true });
  });

  for (const kind of ['folder', 'server'] as const)
    it(`takes a bundle, plays it again, and shows it with what it proves and what it claims (${kind === 'folder' ? 'embedded' : 'PostgreSQL'})`, async function () {
      if (kind === 'server' && !postgres) return this.skip();
      const server = await newBoard({}, kind === 'folder' ? 'folder' : undefined);
      const path = await tinyBundle(tiny);
      const sent = await sendBundle(server, path);
      expect(sent.status, sent.text).to.equal(202);
      expect(sent.json.entries[0]).to.deep.include({ name: 'alpha', status: 'pending', traces: { pending: 5, accepted: 0, refused: 0 } });
      const done = await settled(server, sent.json.id);
      expect(done.entries[0]).to.deep.include({ status: 'accepted', why: null, traces: { pending: 0, accepted: 5, refused: 0 } });
      const { json } = await ask(`${server.url}/api/v1/leaderboard?task=hft`);
      const [row] = json.rows;
      const rewards = tiny.traces.map(({ footer }) => footer!.results.reward[0]! / 10_000);
      expect(row).to.include({ name: 'alpha', division: 'reported', plan: 'tiny', kind: 'model' });
      expect(row.figures.reward.value).to.be.closeTo(rewards.reduce((sum, each) => sum + each, 0) / 5, 1e-9);
      expect(row.figures.reward.n).to.equal(5);
      expect(row.figures.latencyMeanMs.value).to.be.greaterThan(0);
      expect(row.about.model).to.equal('giant-400b');
      expect(row.proven).to.match(/played again/);
      expect(row.claimed).to.match(/that this model gave these answers, that it took this long/);
      // The same bundle, and the same matches in a new one, by the same and by another.
      const again = await sendBundle(server, path);
      expect([again.status, again.json.error.code]).to.deep.equal([409, 'received_before']);
      const other = await sendBundle(server, await tinyBundle(tiny, { name: 'Mallory' }));
      expect((await settled(server, other.json.id)).entries[0].why).to.match(
        /5 traces are not accepted.*the same match was submitted before, in entry [0-9a-f]{16} on seed 100/,
      );
      // A backup goes into an empty board of the other kind.
      const file = join(root, `backup-${kind}.tar`);
      const counts = await backup(server.board.store.db, tracesFolder(join(root, `board-${databases}`)), file);
      expect(counts.traces).to.equal(5);
      const target = await emptyBoard(kind === 'folder' ? 'server' : 'folder');
      const database = await openBoardDatabase(target.folder, target.databaseUrl);
      expect(await restore(database.query, tracesFolder(target.folder), file)).to.deep.equal(counts);
      const full = await restore(database.query, tracesFolder(target.folder), file).catch((error: Error) => error);
      expect((full as Error).message).to.match(/the board is not empty/);
      await database.close();
      const restored = await serveBoard({ ...target, plans: tiny.plans });
      stops.push(restored.stop);
      expect((await ask(`${restored.url}/api/v1/leaderboard?task=hft`)).json).to.deep.equal(json);
      const hash = (await ask(`${restored.url}/api/v1/entries/${row.id}`)).json.traces[0].hash as string;
      expect((await fetch(`${restored.url}/api/v1/traces/${hash}/file`)).status).to.equal(200);
    });

  describe('is attacked', () => {
    let server: BoardServer;
    before(async () => {
      server = await newBoard({ mostBytes: 2_000_000 });
    });

    /** Why the entry of a bundle is refused. */
    async function refused(path: string): Promise<string> {
      const sent = await sendBundle(server, path);
      expect(sent.status, sent.text).to.equal(202);
      const { entries } = await settled(server, sent.json.id);
      expect(entries[0].status).to.equal('refused');
      return entries[0].why as string;
    }
    const changed = (change: (draft: Trace) => void, isReckoned = false): Trace[] => tiny.traces.map((trace, i) => (i === 1 ? forged(trace, change, isReckoned) : trace)); // prettier-ignore

    it('by a forged reward, by swapped and by picked seeds: each is refused, and said why', async () => {
      expect(await refused(await bundleOf(changed((draft) => (draft.footer!.results.reward[0]! += 5))))).to.match(
        /measure on seed 101: .*results: the footer says/,
      );
      expect(await refused(await bundleOf(changed((draft) => (draft.header.seed = 103))))).to.match(
        /played on seed 103, and was submitted for seed 101/,
      );
      const picked = await bundleOf(tiny.traces, { change: ({ manifest }) => (manifest.entries[0]!.traces[4]!.seed = 4242) });
      expect(await refused(picked)).to.match(/seed 4242 is none of the plan's/);
      const short = await bundleOf(tiny.traces, { change: ({ manifest }) => manifest.entries[0]!.traces.pop() });
      expect(await refused(short)).to.match(/1 of the plan's 5 matches are missing/);
      const twice = await bundleOf([...tiny.traces.slice(0, 4), tiny.traces[0]!], {}, (text) => gzipSync(text, { level: 1 + Math.floor(Math.random() * 9) })).catch((error: Error) => error); // prettier-ignore
      if (typeof twice === 'string') expect(await refused(twice)).to.match(/seed 100, and was submitted for seed 104/);
      else expect(twice.message).to.match(/the same trace is given for/);
    });

    it('by a zip bomb: the trace is refused, and the board goes on', async () => {
      let i = 0;
      const bomb = await bundleOf(tiny.traces, {}, (text) => (i++ === 2 ? gzipSync(Buffer.alloc(80 * 1024 * 1024)) : gzipSync(text)));
      expect(await refused(bomb)).to.match(/measure on seed 102: .*unpacks to over \d+ bytes/);
    });

    it('by what is no bundle: refused before anything of it is kept', async () => {
      const before = (await ask(`${server.url}/api/v1/entries`)).json.entries.length as number;
      const path = join(root, 'x.tar');
      const cases: [Buffer, Record<string, string>, number, RegExp][] = [
        [Buffer.alloc(2_000_001), {}, 413, /a bundle of 2000001 bytes or more; at most 2000000 are taken/],
        [Buffer.from('hello'), {}, 422, /bundle/],
        [Buffer.alloc(10_240), {}, 422, /a whole bundle is expected/],
        [Buffer.from('{}'), { 'content-type': 'application/json' }, 415, /content-type "application\/json"; accepted: /],
        [Buffer.from('x'), { 'content-encoding': 'gzip' }, 415, /content-encoding/],
      ];
      for (const [bytes, headers, status, words] of cases) {
        writeFileSync(path, bytes);
        const answer = await sendBundle(server, path, undefined, headers);
        expect([answer.status, answer.json?.error?.message ?? answer.text].join(' ')).to.match(new RegExp(`^${status} .*${words.source}`));
      }
      const unpublished = await tinyBundle(tiny, { change: ({ manifest }) => (manifest.plan.name = 'mine') });
      expect((await sendBundle(server, unpublished)).json.error.message).to.match(/plan: "mine" is not published here/);
      const easier = await tinyBundle(tiny, { change: ({ manifest }) => (manifest.plan.tasks.hft!.speed = 1) });
      expect((await sendBundle(server, easier)).json.error.message).to.match(/plan\.tasks\.hft: speed is 1; published is 2/);
      expect((await ask(`${server.url}/api/v1/entries`)).json.entries.length).to.equal(before);
      const [boardFolder] = readdirSync(root).filter((name) => name === `board-${databases}`);
      expect(readdirSync(join(root, boardFolder!, 'incoming'))).to.deep.equal([]);
    });

    it('by SQL in every field and every query: it is text, or refused', async () => {
      const evil = "Robert'); DROP TABLE entry;--";
      const about = { model: evil, size: "1'; --", precision: evil, engine: evil, kernel: evil, hardware: evil, notes: evil };
      const path = await bundleOf(tiny.traces, { name: evil, change: ({ manifest }) => ((manifest.submitter.contact = evil), (manifest.program = evil), (manifest.entries[0]!.about = about)) }); // prettier-ignore
      const sent = await sendBundle(server, path);
      const done = await settled(server, sent.json.id);
      expect(done).to.include({ submitter: evil, status: 'verified' });
      const { json } = await ask(`${server.url}/api/v1/entries?submission=${done.id}`);
      expect(json.entries[0]).to.deep.include({ about, status: 'accepted' });
      const injected = encodeURIComponent("x' OR 1=1; DROP TABLE entry;--");
      for (const query of ['task', 'rules', 'plan', 'terms', 'division', 'kind', 'status', 'submission', 'limit', 'cursor', 'other']) {
        const answer = await ask(`${server.url}/api/v1/entries?${query}=${injected}`);
        expect([answer.status, answer.json.error.code], query).to.satisfy(
          ([status, code]: [number, string]) => status === 400 && /bad_/.test(code),
        );
      }
      for (const path of [
        `entries/${injected}`,
        `submissions/${injected}`,
        `traces/${injected}`,
        'traces/..%2f..%2f..%2fetc%2fpasswd/file',
        'traces/../../../etc/passwd/file',
      ])
        expect((await ask(`${server.url}/api/v1/${path}`)).status, path).to.be.oneOf([400, 404]);
      expect((await ask(`${server.url}/api/v1/entries`)).status).to.equal(200);
    });

    it('and tells an operator of no failure of its own', () => expect(server.said).to.deep.equal([]));
  });

  describe('asks for tokens once any was issued', () => {
    let server: BoardServer;
    before(async () => {
      server = await newBoard();
    });

    it('which open what they are for, and nothing once revoked', async () => {
      const { tokens, store } = server.board;
      const [ann, bob, operator] = [await tokens.add('Ann', ['submit']), await tokens.add('Bob', ['submit']), await tokens.add('Op', ['operate', 'submit'])]; // prettier-ignore
      const keys = passingKeys();
      const path = await tinyBundle(tiny, { keys });
      const status = async (token?: string): Promise<string> => {
        const { status, json } = await sendBundle(server, path, token);
        return `${status} ${json.error?.code ?? ''}`;
      };
      expect(await status()).to.equal('401 no_token');
      expect(await status('nonsense')).to.equal('401 unknown_token');
      expect(await status(`${ann.token.slice(0, -1)}${ann.token.endsWith('A') ? 'B' : 'A'}`)).to.equal('401 unknown_token');
      const sent = await sendBundle(server, path, ann.token);
      const entry = (await settled(server, sent.json.id)).entries[0].id as string;
      const withdraw = (token?: string) => ask(`${server.url}/api/v1/entries/${entry}/withdraw`, { method: 'POST', headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }); // prettier-ignore
      expect((await withdraw()).status).to.equal(401);
      expect((await withdraw(bob.token)).json.error.code).to.equal('not_yours');
      // Somebody else's key: a bundle that Ann signed, sent by Bob.
      const stolen = await tinyBundle(tiny, { keys, name: 'Ann again' });
      expect((await sendBundle(server, stolen, bob.token)).json.error.code).to.equal('key_of_another');
      expect((await ask(`${server.url}/api/v1/audit`, { headers: { authorization: `Bearer ${bob.token}` } })).json.error.code).to.equal(
        'out_of_scope',
      );
      expect((await withdraw(ann.token)).json).to.include({ status: 'withdrawn', why: 'withdrawn by Ann' });
      expect((await withdraw(ann.token)).json.error.code).to.equal('not_standing');
      expect((await ask(`${server.url}/api/v1/leaderboard`)).json.rows).to.deep.equal([]);
      expect(await tokens.revoke(ann.id)).to.equal(true);
      expect(await tokens.revoke(ann.id)).to.equal(false);
      expect(await status(ann.token)).to.equal('401 revoked_token');
      const { lines } = (await ask(`${server.url}/api/v1/audit`, { headers: { authorization: `Bearer ${operator.token}` } })).json;
      expect(lines.map(({ what }: { what: string }) => what)).to.include.members(['token added', 'token revoked', 'submission received', 'submission verified', 'entry withdrawn']); // prettier-ignore
      // Nothing that is kept or listed holds a token.
      const kept = JSON.stringify([await store.db.selectFrom('token').selectAll().execute(), await store.db.selectFrom('audit').selectAll().execute(), await tokens.list()]); // prettier-ignore
      // What is secret in one may have an underscore in it.
      for (const { token } of [ann, bob, operator]) expect(kept).to.not.contain(token.split('_').slice(2).join('_'));
    });

    it('and does not listen for others without any that is good', async () => {
      const error = await openBoard({ ...(await emptyBoard()), isLoopback: false, say: () => undefined }).catch((each: Error) => each);
      expect((error as Error).message).to.match(/none was issued .*tickbench board token add NAME, or listen on 127\.0\.0\.1/);
    });

    it('and limits how often anybody may ask', async () => {
      const limited = await newBoard({ rates: { readsPerMinute: 8, bundlesPerHour: 2, wrongTokens: 100 } });
      const path = join(root, 'none.tar');
      writeFileSync(path, 'x');
      const statuses = [];
      for (let i = 0; i < 4; i++) statuses.push((await sendBundle(limited, path)).status);
      expect(statuses).to.deep.equal([422, 422, 429, 429]);
      for (let i = 0; i < 6; i++) statuses.push((await ask(`${limited.url}/api/v1/tables`)).status);
      expect(statuses.slice(4)).to.deep.equal([200, 200, 200, 200, 429, 429]);
    });
  });

  describe('answers by its API', () => {
    let server: BoardServer;
    before(async () => {
      server = await newBoard();
      const { db } = server.board.store;
      await sendBundle(server, await tinyBundle(tiny)).then(({ json }) => settled(server, json.id));
      const [submission] = await db.selectFrom('submission').selectAll().execute();
      const [entry] = await db.selectFrom('entry').selectAll().execute();
      // Many more entries, some of equal and some of no reward.
      const rows = Array.from({ length: 60 }, (_, i) => ({ ...entry!, id: i.toString(16).padStart(16, '0'), ordinal: i + 1, name: `m${i}`, reward: i % 7 === 0 ? null : (i % 5) / 10, submission: submission!.id })); // prettier-ignore
      await db.insertInto('entry').values(rows).execute();
    });

    it('pages that hold every row once, in order, whatever their size', async () => {
      for (const [path, list] of [
        ['leaderboard', 'rows'],
        ['entries', 'entries'],
      ] as const)
        // prettier-ignore
        for (const limit of [1, 7, 61, 200]) {
          const ids: string[] = [];
          const rewards: (number | null)[] = [];
          for (let cursor: string | null = ''; cursor !== null;) {
            const { json, headers } = await ask(`${server.url}/api/v1/${path}?limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
            for (const row of json[list]) ids.push(row.id);
            expect(headers.get('link') === null).to.equal(json.next === null);
            cursor = json.next as string | null;
          }
          expect(ids.length, `${path} ${limit}`).to.equal(61);
          expect(new Set(ids).size).to.equal(61);
          if (path === 'leaderboard') {
            const all = await server.board.store.db.selectFrom('entry').select(['id', 'reward']).execute();
            for (const id of ids) rewards.push(all.find((row) => row.id === id)!.reward);
            const sorted = [...rewards].sort((a, b) => (b ?? -Infinity) - (a ?? -Infinity));
            expect(rewards).to.deep.equal(sorted);
          }
        }
    });

    it('that nothing has changed, to whoever has it already', async () => {
      // Node's own fetch asks for everything anew whatever it has.
      const got = async (limit: number, headers: Record<string, string> = {}) => {
        const answer = await request(`${server.url}/api/v1/leaderboard?limit=${limit}`, { headers });
        return { status: answer.statusCode, etag: String(answer.headers.etag), text: await answer.body.text() };
      };
      const { etag } = await got(5);
      expect(await got(5, { 'if-none-match': etag })).to.deep.equal({ status: 304, etag, text: '' });
      expect((await got(6, { 'if-none-match': etag })).status).to.equal(200);
    });

    it('the same rows as CSV, no cell a formula', async () => {
      const { text, headers } = await ask(`${server.url}/api/v1/leaderboard.csv?limit=200`);
      const { json } = await ask(`${server.url}/api/v1/leaderboard?limit=200`);
      const [names, ...lines] = text.trim().split('\n');
      expect(headers.get('content-type')).to.match(/^text\/csv/);
      expect(names).to.match(
        /^id,task,rules,plan,terms,division,kind,name,submitter,fingerprint,rewardUnit,reward,rewardLow,rewardHigh,rewardIsAtLeast,latencyMeanMs/,
      );
      expect(lines.map((line) => line.split(',')[0])).to.deep.equal(json.rows.map(({ id }: { id: string }) => id));
      expect(Number(lines[0]!.split(',')[11])).to.equal(json.rows[0].figures.reward.value);
    });

    it('as its OpenAPI document says, made from the schemas that it is checked by', async () => {
      const { json: document } = await ask(`${server.url}/api/v1/openapi.json`);
      const ajv = new Ajv.default({ strict: false, validateFormats: false });
      const defs = JSON.parse(JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/')) as object;
      const entry = (await ask(`${server.url}/api/v1/entries?limit=1`)).json.entries[0].id as string;
      const one = (await ask(`${server.url}/api/v1/leaderboard?limit=61`)).json.rows.at(0);
      const kept = (await server.board.store.db.selectFrom('trace').select('hash').executeTakeFirstOrThrow()).hash;
      const checks: [string, string][] = [
        ['leaderboard?limit=61', 'Leaderboard'],
        ['entries', 'Entries'],
        ['tables', 'Tables'],
        [`entries/${entry}`, 'EntryWithTraces'],
        [`submissions/${one.submission}`, 'Submission'],
        [`traces/${kept}`, 'Trace'],
        ['entries/x', 'Error'],
      ];
      for (const [path, name] of checks) {
        const validate = ajv.compile({ $defs: defs, $ref: `#/$defs/${name}` });
        const { json } = await ask(`${server.url}/api/v1/${path}`);
        expect(validate(json), `${path}: ${JSON.stringify(validate.errors)}`).to.equal(true);
      }
      for (const path of documentedPaths()) expect(Object.keys(document.paths)).to.include(path.replace(/:(\w+)/g, '{$1}'));
      expect((await ask(`${server.url}/api/v1/nothing`)).json.error.code).to.equal('not_here');
    });

    it('that it is ready, and its figures for Prometheus', async () => {
      expect((await ask(`${server.url}/ready`)).json).to.deep.equal({ ready: true });
      const { text } = await ask(`${server.url}/metrics`);
      expect(text).to.match(/tickbench_board_traces_verified_total\{outcome="accepted"\} 5/);
      expect(text).to.match(/tickbench_board_stored\{what="entry",status="accepted"\} 61/);
    });
  });
});
