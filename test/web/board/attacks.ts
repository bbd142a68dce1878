/** What is refused, of what forgers and strangers send: part of board.test.ts. */
import { expect } from 'chai';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Trace } from '../../../scoring/trace/trace.js';
import { forged } from '../../harness/submission/tiny.js';
import { ask, sendBundle, settled } from './board-server.js';
import type { Boards } from './boards.js';

export function attackTests(boards: Boards): void {
  /** Why the entry of a bundle is refused. */
  async function refused(path: string): Promise<string> {
    const sent = await sendBundle(boards.shared, path);
    expect(sent.status, sent.text).to.equal(202);
    const { entries } = await settled(boards.shared, sent.json.id);
    expect(entries[0].status).to.equal('refused');
    // Nothing is proven of what is refused, and each of its traces says why.
    const { json } = await ask(`${boards.shared.url}/api/v1/entries/${entries[0].id}`);
    expect([json.proven, json.figures]).to.deep.equal([null, null]);
    expect(json.traces.some(({ why }: { why: string | null }) => why !== null)).to.equal(true);
    return entries[0].why as string;
  }
  const changed = (change: (draft: Trace) => void, isReckoned = false): Trace[] => boards.tiny.traces.map((trace, i) => (i === 1 ? forged(trace, change, isReckoned) : trace)); // prettier-ignore

  it('by a forged reward, by swapped and by picked seeds: each is refused, and said why', async () => {
    expect(await refused(await boards.bundleOf(changed((draft) => (draft.footer!.results.reward[0]! += 5))))).to.match(
      /measure on seed 101: .*results: the footer says/,
    );
    expect(await refused(await boards.bundleOf(changed((draft) => (draft.header.seed = 103))))).to.match(
      /played on seed 103, and was submitted for seed 101/,
    );
    const picked = await boards.bundleOf(boards.tiny.traces, { change: ({ manifest }) => (manifest.entries[0]!.traces[4]!.seed = 4242) });
    expect(await refused(picked)).to.match(/seed 4242 is none of the plan's/);
    const short = await boards.bundleOf(boards.tiny.traces, { change: ({ manifest }) => manifest.entries[0]!.traces.pop() });
    expect(await refused(short)).to.match(/1 of the plan's 5 matches are missing/);
    let level = 0;
    const twice = await boards.bundleOf([...boards.tiny.traces.slice(0, 4), boards.tiny.traces[0]!], {}, (text) => gzipSync(text, { level: ++level })); // prettier-ignore
    expect(await refused(twice)).to.match(/seed 100, and was submitted for seed 104/);
  });

  it('by a zip bomb: the trace is refused, and the board goes on', async () => {
    let i = 0;
    const bomb = await boards.bundleOf(boards.tiny.traces, {}, (text) =>
      i++ === 2 ? gzipSync(Buffer.alloc(80 * 1024 * 1024)) : gzipSync(text),
    );
    expect(await refused(bomb)).to.match(/measure on seed 102: .*unpacks to over \d+ bytes/);
  });

  it('by what is no bundle: refused before anything of it is kept', async () => {
    const before = (await ask(`${boards.shared.url}/api/v1/entries`)).json.entries.length as number;
    const path = join(boards.root, 'x.tar');
    const cases: [Buffer, Record<string, string>, number, RegExp][] = [
      [Buffer.alloc(2_000_001), {}, 413, /a bundle of 2000001 bytes or more; at most 2000000 are taken/],
      [Buffer.from('hello'), {}, 422, /bundle/],
      [Buffer.alloc(10_240), {}, 422, /a whole bundle is expected/],
      [Buffer.from('{}'), { 'content-type': 'application/json' }, 415, /content-type "application\/json"; accepted: /],
      [Buffer.from('x'), { 'content-encoding': 'gzip' }, 415, /content-encoding/],
    ];
    for (const [bytes, headers, status, words] of cases) {
      writeFileSync(path, bytes);
      const answer = await sendBundle(boards.shared, path, undefined, headers);
      expect([answer.status, answer.json?.error?.message ?? answer.text].join(' ')).to.match(new RegExp(`^${status} .*${words.source}`));
    }
    const unpublished = await boards.bundle({ change: ({ manifest }) => (manifest.plan.name = 'mine') });
    expect((await sendBundle(boards.shared, unpublished)).json.error.message).to.match(/plan: "mine" is not published here/);
    const easier = await boards.bundle({ change: ({ manifest }) => (manifest.plan.tasks.hft!.speed = 1) });
    expect((await sendBundle(boards.shared, easier)).json.error.message).to.match(/plan\.tasks\.hft: speed is 1; published is 2/);
    const more = await boards.bundle({ change: ({ manifest }) => (manifest.plan.tasks.hft!.handicap = null) });
    expect((await sendBundle(boards.shared, more)).json.error.message).to.match(
      /plan\.tasks\.hft: handicap is null; published is not there/,
    );
    expect((await ask(`${boards.shared.url}/api/v1/entries`)).json.entries.length).to.equal(before);
    expect(readdirSync(join(boards.sharedFolder, 'incoming'))).to.deep.equal([]);
  });

  it('by SQL in every field and every query: it is text, or refused', async () => {
    const evil = "Robert'); DROP TABLE entry;--";
    const about = { model: evil, size: "1'; --", precision: evil, engine: evil, kernel: evil, hardware: evil, notes: evil };
    const path = await boards.bundleOf(boards.tiny.traces, { name: evil, change: ({ manifest }) => ((manifest.submitter.contact = evil), (manifest.program = evil), (manifest.entries[0]!.about = about)) }); // prettier-ignore
    const sent = await sendBundle(boards.shared, path);
    const done = await settled(boards.shared, sent.json.id);
    expect(done).to.include({ submitter: evil, status: 'verified' });
    const { json } = await ask(`${boards.shared.url}/api/v1/entries?submission=${done.id}`);
    expect(json.entries[0]).to.deep.include({ about, status: 'accepted' });
    // So that the same matches may come again.
    expect((await ask(`${boards.shared.url}/api/v1/entries/${json.entries[0].id}/withdraw`, { method: 'POST' })).status).to.equal(200);
    const injected = encodeURIComponent("x' OR 1=1; DROP TABLE entry;--");
    for (const query of ['task', 'rules', 'plan', 'terms', 'division', 'kind', 'status', 'submission', 'limit', 'cursor', 'other']) {
      const answer = await ask(`${boards.shared.url}/api/v1/entries?${query}=${injected}`);
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
      expect((await ask(`${boards.shared.url}/api/v1/${path}`)).status, path).to.be.oneOf([400, 404]);
    expect((await ask(`${boards.shared.url}/api/v1/entries`)).status).to.equal(200);
  });

  it('and tells an operator of no failure of its own', () => expect(boards.shared.said).to.deep.equal([]));
}
