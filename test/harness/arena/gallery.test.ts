/** Watching matches of an arena: nothing is shown before its time, to nobody, over real sockets and a clock that the test moves. */
import { expect } from 'chai';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Entrance } from '../../../harness/arena/entrance.js';
import { Gallery } from '../../../harness/arena/gallery.js';
import { until } from '../match/players.js';
import { MovedClock } from './moved-clock.js';

const DELAY_MS = 30_000;

describe('watching an arena', () => {
  let clock: MovedClock;
  let gallery: Gallery;
  let entrance: Entrance;
  const sockets: WebSocket[] = [];

  beforeEach(async () => {
    clock = new MovedClock();
    gallery = new Gallery(DELAY_MS, clock);
    const identify = (): Promise<never> => Promise.reject(new Error('nobody plays here'));
    entrance = await Entrance.listen({ host: '127.0.0.1', port: 0, tasks: ['fighter'], identify, arrived: () => undefined, gallery });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.terminate();
    gallery.close();
    await entrance.close();
  });

  /** Somebody who watches a match. @returns what was shown so far */
  async function watch(match: string): Promise<{ shown: string[]; socket: WebSocket; isClosed: () => boolean }> {
    const socket = new WebSocket(`${entrance.url}/watch?match=${match}`);
    const shown: string[] = [];
    let closed = false;
    socket.on('message', (data: Buffer) => shown.push(data.toString('utf8')));
    socket.on('close', () => (closed = true));
    sockets.push(socket);
    await once(socket, 'open');
    return { shown, socket, isClosed: () => closed };
  }

  /** Lets a watcher read what has been sent to it: a ping comes back behind it. */
  async function read({ socket }: { socket: WebSocket }): Promise<void> {
    socket.ping();
    await once(socket, 'pong');
  }

  it('shows everything later by the same time, in order, and to who comes late the match, its newest scene and its end', async () => {
    gallery.open('p-1');
    const early = await watch('p-1');
    for (const [i, kind] of (['match', 'scene', 'scene', 'end'] as const).entries()) {
      gallery.take('p-1', kind, `${kind} ${i}`);
      clock.move(1000);
    }
    // At 4 s; what was told at 0 s is due at 30 s.
    clock.move(25_999);
    await read(early);
    expect(early.shown).to.deep.equal([]);
    clock.move(1);
    await until(() => early.shown.length === 1);
    clock.move(999);
    await read(early);
    expect(early.shown).to.deep.equal(['match 0']);
    clock.move(1001);
    await until(() => early.shown.length === 3);
    const late = await watch('p-1');
    await until(() => late.shown.length === 2);
    expect(late.shown).to.deep.equal(['match 0', 'scene 2']);
    gallery.over('p-1');
    await read(late);
    expect(late.isClosed(), 'its end is still to be shown').to.equal(false);
    clock.move(1000);
    await until(() => early.isClosed() && late.isClosed());
    expect(early.shown).to.deep.equal(['match 0', 'scene 1', 'scene 2', 'end 3']);
    expect(late.shown).to.deep.equal(['match 0', 'scene 2', 'end 3']);
  });

  it('is of matches that are shown, each for itself; others are refused in words', async () => {
    gallery.open('p-1');
    gallery.open('p-2');
    const [one, other] = [await watch('p-1'), await watch('p-2')];
    gallery.take('p-1', 'match', 'of one');
    clock.move(DELAY_MS);
    await until(() => one.shown.length === 1);
    await read(other);
    expect([one.shown, other.shown]).to.deep.equal([['of one'], []]);
    const stranger = new WebSocket(`${entrance.url}/watch?match=p-3`);
    stranger.on('error', () => undefined);
    const [, response] = (await once(stranger, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).to.equal(404);
    stranger.terminate();
  });

  it('lets go of one that floods, and of nobody else', async () => {
    gallery.open('p-1');
    const [flooding, calm] = [await watch('p-1'), await watch('p-1')];
    for (let i = 0; i < 200; i++) flooding.socket.send('x');
    await until(() => flooding.isClosed());
    gallery.take('p-1', 'match', 'match');
    clock.move(DELAY_MS);
    await until(() => calm.shown.length === 1);
  });

  it('shows a match of which too much waits whole, with fewer scenes, as far apart at its beginning as at its end', () => {
    gallery.open('p-1');
    const shown: string[] = [];
    // One that has read at once whatever was sent to it.
    const reader = { bufferedAmount: 0, readyState: WebSocket.OPEN, on: () => reader, send: (text: string) => void shown.push(text), terminate: () => undefined }; // prettier-ignore
    gallery.add('p-1', reader as unknown as WebSocket);
    gallery.take('p-1', 'match', 'match');
    for (let i = 0; i < 200; i++) {
      clock.move(50);
      gallery.take('p-1', 'scene', String(i).padEnd(500_000));
    }
    gallery.take('p-1', 'end', 'end');
    clock.move(DELAY_MS);
    expect([shown[0], shown.at(-1)]).to.deep.equal(['match', 'end']);
    const kept = shown.slice(1, -1).map(Number);
    expect([kept[0], kept.at(-1)], 'from its first scene to its last').to.deep.equal([0, 199]);
    expect(kept.length).to.be.within(16, 34);
    const steps = kept.slice(1, -1).map((each, i) => each - kept[i]!);
    expect(Math.max(...steps) / Math.min(...steps), String(steps)).to.be.at.most(2);
  });
});
