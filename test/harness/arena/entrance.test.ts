/** Where agents wait: by their own token, once, for a task that is played; nobody disturbs anybody there. */
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { Entrance, type WaitingAgent } from '../../../harness/arena/entrance.js';
import { serverFrame, type AssignmentFrame } from '../../../harness/protocol/frames.js';
import { until } from '../match/players.js';
import { RawFighter } from './agents.js';

const HOLDERS = new Map([
  ['secret-a', { token: 'a', holder: 'Ann' }],
  ['secret-b', { token: 'b', holder: 'Bob' }],
]);

describe('the entrance of an arena', () => {
  let entrance: Entrance;
  let arrived: string[];
  const sockets: RawFighter[] = [];
  const open = async (tasks: string[]): Promise<void> => {
    arrived = [];
    entrance = await Entrance.listen({
      tasks,
      identify: async (token) => {
        await new Promise((resolve) => setTimeout(resolve, 20)); // a database is asked
        const holder = HOLDERS.get(token);
        if (!holder) throw new Error('unknown token');
        return holder;
      },
      arrived: ({ name, task }) => arrived.push(`${name} ${task}`),
    });
  };
  beforeEach(() => open(['fighter', 'hft']));
  afterEach(async () => {
    for (const { socket } of sockets.splice(0)) socket.terminate();
    await entrance.close();
  });

  const come = (token: string, hello?: object, react?: ConstructorParameters<typeof RawFighter>[2]): RawFighter => {
    const agent = new RawFighter(entrance.url, token, react, hello);
    sockets.push(agent);
    return agent;
  };
  const here = (task = 'fighter'): WaitingAgent[] => entrance.here(task);
  const assignment = (pairing: string): AssignmentFrame => ({
    ...{ type: 'assignment', pairing, task: 'fighter', url: 'ws://127.0.0.1:9', token: 't', matches: 2, withinMs: 1000 },
  }); // prettier-ignore

  it('lets in who has a token, says a task that is played here and a name fit to show; others are told why not', async () => {
    const cases = [
      [come('secret-x'), /unknown token/],
      [come('secret-a', { name: 'raw' }), /task: none; this arena plays fighter and hft, name one/],
      [come('secret-a', { name: 'raw', task: 'chess\u001b[2J' }), /task: chess\\\\u001b\[2J; this arena plays/],
      [come('secret-a', { name: '<b>raw</b>', task: 'fighter' }), /name: accepted: letters/],
    ] as const;
    await until(() => cases.every(([agent]) => agent.closed !== null));
    for (const [agent, why] of cases) {
      expect(agent.closed).to.equal(4400);
      expect(JSON.stringify(agent.of('error')[0])).to.match(why);
    }
    expect(here()).to.deep.equal([]);
    come('secret-a', { name: 'Ann’s own'.replace('’', "'"), task: 'fighter' });
    await until(() => here().length === 1);
    expect(here()[0]).to.include({ holder: 'Ann', name: "Ann's own", token: 'a', host: '127.0.0.1' });
    expect(here('hft')).to.deep.equal([]);
  });

  it('asks for no task where one alone is played', async () => {
    await entrance.close();
    await open(['hft']);
    come('secret-a', { name: 'trader' });
    await until(() => here('hft').length === 1);
  });

  it('has one agent for a token: the newest connection, under whatever name', async () => {
    const first = come('secret-a');
    await until(() => here().length === 1);
    const second = come('secret-a', { name: 'renamed', task: 'hft' });
    await until(() => first.closed !== null);
    expect(first.closed).to.equal(4409);
    await until(() => here('hft').length === 1);
    expect(here()).to.deep.equal([]);
    expect(second.closed).to.equal(null);
    expect(arrived).to.deep.equal(['raw fighter', 'renamed hft']);
  });

  it('tells an agent where to play, again when it comes back, and no more when it is over; as another player it is sent nowhere', async () => {
    const first = come('secret-a');
    await until(() => here().length === 1);
    const [agent] = here();
    entrance.assign(agent!, assignment('p-1'));
    await until(() => first.of('assignment').length === 1);
    serverFrame.parse(first.frames[0]);
    first.socket.terminate();
    await until(() => here().length === 0);
    const back = come('secret-a');
    await until(() => back.of('assignment').length === 1);
    entrance.release(agent!, 'p-0');
    const again = come('secret-a');
    await until(() => again.of('assignment').length === 1);
    const other = come('secret-a', { name: 'another', task: 'fighter' });
    await until(() => arrived.at(-1) === 'another fighter');
    entrance.assign(here()[0]!, assignment('p-2'));
    await until(() => other.of('assignment').length === 1);
    expect(other.of('assignment')[0]!.pairing).to.equal('p-2');
    entrance.release(agent!, 'p-2');
    const last = come('secret-a', { name: 'another', task: 'fighter' });
    await until(() => arrived.filter((each) => each === 'another fighter').length === 2);
    expect(last.of('assignment')).to.deep.equal([]);
  });

  it('sends away for good or to come again, with a reason', async () => {
    for (const [how, code] of [
      ['revoked', 4403],
      ['done', 1001],
      ['back', 1012],
    ] as const) {
      const agent = come('secret-b');
      await until(() => here().length === 1);
      entrance.dismiss(here()[0]!, 'a reason', how);
      await until(() => agent.closed !== null);
      expect(agent.closed).to.equal(code);
      expect(here()).to.deep.equal([]);
    }
  });

  it('is not disturbed by one that floods, sends nonsense or answers nobody: it is told so, and others wait on', async () => {
    const calm = come('secret-b');
    const loud = come('secret-a', undefined, () => undefined);
    await until(() => here().length === 2);
    for (let i = 0; i < 400; i++) loud.say(i % 2 === 0 ? '{"type":' : { type: 'action', seq: 1, answer: 'wait' });
    await until(() => loud.of('error').some(({ code }) => code === 'too-frequent'));
    expect(new Set(loud.of('error').map(({ code }) => code))).to.include.keys('malformed', 'not-seated', 'too-frequent');
    calm.say({ type: 'ping', id: 5 });
    await until(() => calm.of('pong').length === 1);
    const binary = new WebSocket(`${entrance.url}/agent`);
    binary.on('open', () => binary.send(Buffer.alloc(10)));
    await new Promise((resolve) => binary.once('close', resolve));
    expect(here().map(({ holder }) => holder)).to.have.members(['Ann', 'Bob']);
  });

  it('says what it is to whoever asks, under its own names', async () => {
    const http = entrance.url.replace('ws:', 'http:');
    expect(await (await fetch(http)).json()).to.deep.include({ server: 'tickbench arena', tasks: ['fighter', 'hft'] });
    expect((await fetch(`${http}/protocol.json`)).status).to.equal(200);
    expect((await fetch(`${http}/secrets`)).status).to.equal(404);
    const watching = new WebSocket(`${entrance.url}/watch`);
    const refused = await new Promise<string>((resolve) => watching.once('error', (error) => resolve(error.message)));
    expect(refused).to.match(/404/);
  });
});
