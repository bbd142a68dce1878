/** Who may do what, and how often: part of board.test.ts. From here on the shared board asks for tokens. */
import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { passingKeys } from '../../../harness/submission/keys.js';
import { Tokens } from '../../../web/server/store/tokens.js';
import { openBoard } from '../../../web/server/board/board.js';
import { ask, sendBundle, settled, type Answered } from './board-server.js';
import type { Boards } from './boards.js';

export function tokenTests(boards: Boards): void {
  const withdraw = (entry: string, token?: string, why?: string): Promise<Answered> =>
    ask(`${boards.shared.url}/api/v1/entries/${entry}/withdraw`, {
      method: 'POST',
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
      body: JSON.stringify(why === undefined ? {} : { why }),
    });
  const issued: { id: string; token: string }[] = [];
  let [ann, bob, operator]: { id: string; token: string }[] = [];

  before(async () => {
    const { tokens } = boards.shared.board;
    issued.push(await tokens.add('Ann', ['submit']), await tokens.add('Bob', ['submit']), await tokens.add('Op', ['operate', 'submit']));
    [ann, bob, operator] = issued;
  });

  /** Sends one by a token. @returns status and word */
  const said = async (bundle: string | Buffer, token?: string): Promise<string> => {
    const { status, json } = await sendBundle(boards.shared, bundle, token);
    return `${status} ${json.error?.code ?? ''}`;
  };
  /** Submits the sweep anew. @returns its entry as it was judged */
  const submitted = async (token: string, keys = boards.keys): Promise<{ id: string; status: string; why: string | null }> => {
    const { json } = await sendBundle(boards.shared, await boards.bundle({ keys, name: `attempt ${++attempts}` }), token);
    return (await settled(boards.shared, json.id as string)).entries[0];
  };
  let attempts = 0;

  it('which open what they are for', async () => {
    const path = await boards.bundle({ name: 'nobody' });
    expect(await said(path)).to.equal('401 no_token');
    expect(await said(path, 'nonsense')).to.equal('401 unknown_token');
    expect(await said(path, `${ann!.token.slice(0, -1)}${ann!.token.endsWith('A') ? 'B' : 'A'}`)).to.equal('401 unknown_token');
    expect(
      (await ask(`${boards.shared.url}/api/v1/audit`, { headers: { authorization: `Bearer ${bob!.token}` } })).json.error.code,
    ).to.equal('out_of_scope');
  });

  it('and a key goes to the first holder who sends something new that it signed, with what it signed before there were any', async () => {
    const { db } = boards.shared.board.store;
    const mine = () => db.selectFrom('submission').select(['id', 'holder', 'signature', 'bundle_hash']).where('key', '=', boards.keys.publicText).execute(); // prettier-ignore
    const before = await mine();
    expect(before.length).to.be.greaterThan(1);
    expect(new Set(before.map(({ holder }) => holder))).to.deep.equal(new Set(['local']));
    // Whoever packs anew what the board shows of a submission is not who signed it: see moving.ts for how that is refused.
    const entry = await submitted(ann!.token);
    expect([entry.status, entry.why]).to.deep.equal(['accepted', null]);
    expect(new Set((await mine()).map(({ holder }) => holder))).to.deep.equal(new Set(['Ann']));
    expect(await said(await boards.bundle({ name: 'Ann again' }), bob!.token)).to.equal('403 key_of_another');
    expect((await withdraw(entry.id)).status).to.equal(401);
    expect((await withdraw(entry.id, bob!.token)).json.error.code).to.equal('not_yours');
    expect((await withdraw(entry.id, ann!.token)).json).to.include({ status: 'withdrawn', why: 'withdrawn by Ann' });
    expect((await withdraw(entry.id, ann!.token)).json.error.code).to.equal('not_standing');
    expect((await ask(`${boards.shared.url}/api/v1/leaderboard?plan=tiny&rules=${(await ask(`${boards.shared.url}/api/v1/entries/${entry.id}`)).json.rules}`)).json.rows).to.deep.equal([]); // prettier-ignore
  });

  it('what its submitter withdrew may come again; what the operator withdrew does not, and is told why', async () => {
    const again = await submitted(ann!.token);
    expect([again.status, again.why]).to.deep.equal(['accepted', null]);
    expect((await withdraw(again.id, operator!.token, 'these answers were made up')).json.status).to.equal('withdrawn');
    for (const [token, keys] of [[ann!.token, boards.keys], [bob!.token, passingKeys()]] as const) {
      const refused = await submitted(token, keys);
      expect(refused.status).to.equal('refused');
      expect(refused.why).to.contain(`the operator withdrew entry ${again.id}, in which the same match was: these answers were made up`);
    } // prettier-ignore
  });

  it('which open nothing once revoked, and are kept nowhere', async () => {
    const { tokens, store } = boards.shared.board;
    expect(await tokens.revoke(ann!.id)).to.equal(true);
    expect(await tokens.revoke(ann!.id)).to.equal(false);
    expect(await said(await boards.bundle({ name: 'late' }), ann!.token)).to.equal('401 revoked_token');
    const { lines } = (await ask(`${boards.shared.url}/api/v1/audit`, { headers: { authorization: `Bearer ${operator!.token}` } })).json;
    expect(lines.map(({ what }: { what: string }) => what)).to.include.members(['token added', 'token revoked', 'submission received', 'submission verified', 'entry withdrawn', 'key claimed']); // prettier-ignore
    // Nothing that is kept or listed holds a token.
    const kept = JSON.stringify([await store.db.selectFrom('token').selectAll().execute(), await store.db.selectFrom('audit').selectAll().execute(), await tokens.list()]); // prettier-ignore
    // What is secret in one may have an underscore in it.
    for (const { token } of issued) expect(kept).to.not.contain(token.split('_').slice(2).join('_'));
  });

  it('which open nothing from when they expire, and are listed with it', async () => {
    const { store, tokens } = boards.shared.board;
    const [past, later] = [Date.now() - 1, Date.now() + 86_400_000];
    const [expired, lasting] = [await tokens.add('Eve', ['submit'], past), await tokens.add('Flo', ['submit'], later)];
    const path = await boards.bundle({ name: 'Eve', keys: passingKeys() });
    const refused = await sendBundle(boards.shared, path, expired.token);
    expect([refused.status, refused.json.error.code]).to.deep.equal([401, 'expired_token']);
    expect(refused.json.error.message).to.equal(`this token expired at ${new Date(past).toISOString()}; the operator issues others`);
    expect(await said(path, lasting.token)).to.match(/^202 /);
    const listed = (await tokens.list()).filter(({ holder }) => ['Ann', 'Eve', 'Flo'].includes(holder));
    expect(listed.map(({ holder, expiresAt }) => [holder, expiresAt])).to.deep.equal([['Ann', null], ['Eve', past], ['Flo', later]]); // prettier-ignore
    // At the very moment, and not before.
    for (const [at, why] of [[later - 1, null], [later, `the token expired at ${new Date(later).toISOString()}`]] as const) {
      const then = new Tokens(store.db, () => at);
      expect(await then.whyNot(lasting.id)).to.equal(why);
      expect(await then.caller(lasting.token).then(() => null, (error: Error) => error.message)).to.equal(why && `${why.replace('the', 'this')}; the operator issues others`);
    } // prettier-ignore
    expect(await tokens.whyNot('000000000000')).to.equal('the token was revoked');
  });

  it('and does not listen for others without any that is good', async () => {
    const error = await openBoard({ ...(await boards.empty('server')), isLoopback: false, say: () => undefined }).catch(
      (each: Error) => each,
    );
    expect((error as Error).message).to.match(/none was issued .*tickbench board token add NAME, or listen on 127\.0\.0\.1/);
  });

  it('and limits how often anybody may ask', async () => {
    const limited = await boards.serve({
      ...(await boards.empty('server')),
      rates: { readsPerMinute: 8, bundlesPerHour: 2, wrongTokens: 100 },
    });
    const path = join(boards.root, 'none.tar');
    writeFileSync(path, 'x');
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await sendBundle(limited, path, undefined, { 'content-type': 'text/plain' })).status);
    expect(statuses).to.deep.equal([415, 415, 429, 429]);
    for (let i = 0; i < 6; i++) statuses.push((await ask(`${limited.url}/api/v1/tables`)).status);
    expect(statuses.slice(4)).to.deep.equal([200, 200, 200, 200, 429, 429]);
    // Whoever watches the board is counted apart.
    const checks = [];
    for (let i = 0; i < 5; i++) for (const path of ['ready', 'metrics']) checks.push((await ask(`${limited.url}/${path}`)).status);
    expect(checks).to.deep.equal([200, 200, 200, 200, 200, 200, 200, 200, 429, 429]);
  });
}
