/** An agent of ours in an arena: it goes where it is sent, once, and stays in the arena meanwhile. */
import { expect } from 'chai';
import { connectAgent, type Link } from '../../../harness/agents/link.js';
import { Entrance } from '../../../harness/arena/entrance.js';
import type { AssignmentFrame } from '../../../harness/protocol/frames.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { until } from '../match/players.js';

describe('an agent that is assigned a match', () => {
  let entrance: Entrance;
  let there: MatchServer;
  let link: Link;
  const said: string[] = [];

  beforeEach(async () => {
    entrance = await Entrance.listen({
      tasks: ['fighter'],
      identify: async (token) => ({ token, holder: 'Ann' }),
      arrived: () => undefined,
    });
    there = await MatchServer.listen();
    const player = { seat: () => ({ decide: () => ({ plan: [] }) }) };
    link = connectAgent({ server: entrance.url, token: 'own', name: 'mine', task: 'fighter', player, log: (line) => said.push(line) });
    link.done.catch(() => undefined);
    await until(() => entrance.here('fighter').length === 1);
  });
  afterEach(async () => {
    link.close();
    await Promise.all([entrance.close(), there.close()]);
    said.length = 0;
  });

  const send = (token: string, url = there.url): void => {
    const frame: AssignmentFrame = { type: 'assignment', pairing: token, task: 'fighter', url, token, matches: 2, withinMs: 1000 };
    entrance.assign(entrance.here('fighter')[0]!, frame);
  };

  it('goes there by the token it was given, once however often it is told, and stays where it was', async () => {
    const line = there.admit('once', 'mine', 'fighter');
    let left = 0;
    line.sit({ action: () => undefined, refused: () => undefined, left: () => left++, returned: () => undefined });
    send('once');
    await line.connected(30_000);
    send('once');
    send('once');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([left, line.calledItself, line.saidTask]).to.deep.equal([0, 'mine', 'fighter']);
    expect(entrance.here('fighter')).to.have.length(1);
    // When that is over it is sent elsewhere.
    line.close('over');
    const next = there.admit('next', 'mine');
    send('next');
    await next.connected(30_000);
  });

  it('leaves one match for a newer one, and both when it is closed', async () => {
    const [older, newer] = [there.admit('older', 'mine'), there.admit('newer', 'mine')];
    send('older');
    await older.connected(30_000);
    send('newer');
    await newer.connected(30_000);
    await until(() => !older.isConnected);
    link.close();
    await until(() => !newer.isConnected && entrance.here('fighter').length === 0);
    await link.done;
  });

  it('stays in the arena when nobody is where it was sent, or it is refused there', async () => {
    send('unknown');
    await until(() => said.some((line) => line.includes('the match server refused this agent')));
    send('nowhere', 'ws://127.0.0.1:9');
    await until(() => said.some((line) => line.includes('ECONNREFUSED')));
    expect(entrance.here('fighter')).to.have.length(1);
    const line = there.admit('good', 'mine');
    send('good');
    await line.connected(30_000);
  });
});
