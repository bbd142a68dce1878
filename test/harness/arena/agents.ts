/** Agents for tests of the arena: fighters that are simple and always do the same, and one that is scripted frame by frame. */
import { WebSocket } from 'ws';
import { connectAgent, type Answering, type Link } from '../../../harness/agents/link.js';
import type { ObservationFrame, ServerFrame } from '../../../harness/protocol/frames.js';
import { arenaTerms, type ArenaTerms } from '../../../harness/arena/terms.js';
import type { PairingOrder } from '../../../harness/arena/order.js';

interface Seen {
  distance: number;
}

/** Walks up and throws, which no guard keeps off. */
export function brawler({ state }: ObservationFrame): Answering {
  const { distance } = state as Seen;
  return { plan: [distance > 58 ? { action: 'walk_fwd', frames: 6 } : { action: 'throw' }], standing: 'guard_low' };
}

/** Stands there. */
export function bystander(): Answering {
  return { plan: [{ action: 'wait', frames: 12 }], standing: 'wait' };
}

/** A short fight whose clock waits, everybody charged the same: what comes of it does not depend on how busy this machine is. */
export function shortFight(how: Partial<ArenaTerms> = {}): ArenaTerms {
  return arenaTerms('fighter', { rounds: 1, roundSeconds: 3 }, { clock: 'virtual', givenUs: 100_000, ...how });
}

/** Pays the spread and the fee again and again. */
export function spender({ seq }: ObservationFrame): Answering {
  return { plan: [{ do: seq % 2 === 0 ? 'buy' : 'sell', size: 5 }] };
}

/** Does nothing in the market, and keeps its money. */
export function idler(): Answering {
  return { plan: [] };
}

/** A short market that each plays alone, on the same kind of clock. */
export function shortMarket(how: Partial<ArenaTerms> = {}, options: Record<string, number> = {}): ArenaTerms {
  return arenaTerms('hft', { durationUs: 2_000_000, ...options }, { clock: 'virtual', givenUs: 100_000, alone: true, ...how });
}

/** An order with what tests need not say. */
export function order(folder: string, more: Partial<PairingOrder> = {}): PairingOrder {
  return {
    ...{ id: 'p-test', terms: shortFight(), seed: 123_456_789_012, games: [0, 1], folder },
    agents: [
      { name: 'one', token: 'token-one' },
      { name: 'other', token: 'token-other' },
    ],
    ...{ host: '127.0.0.1', port: 0, allowHosts: [], waitMs: 3000, awayMs: 300 },
    ...more,
  };
}

/** An agent of ours. @param heard told every welcome's match */
export function fighter(server: string, token: string, name: string, decide: (observation: ObservationFrame) => Answering | Promise<Answering>, heard: (match: string, seat: number) => void = () => undefined, task = 'fighter'): Link {
  const link = connectAgent({ server, token, name, task, player: { seat: (welcome) => (heard(welcome.match, welcome.seat), { decide }) } });
  link.done.catch(() => undefined);
  return link;
} // prettier-ignore

/** A socket of its own that says hello, and does what it is told with each frame. */
export class RawFighter {
  readonly frames: ServerFrame[] = [];
  /** All that was said to it, as text. */
  heard = '';
  closed: number | null = null;
  closedWhy = '';
  readonly socket: WebSocket;

  constructor(
    server: string,
    token: string,
    react: (frame: ServerFrame, self: RawFighter) => void = () => undefined,
    hello: object = { name: 'raw', task: 'fighter' },
  ) {
    this.socket = new WebSocket(`${server}/agent`);
    this.socket.on('open', () => this.say({ type: 'hello', protocol: 'tickbench.v1', token, ...hello }));
    this.socket.on('error', () => undefined);
    this.socket.on('close', (code, why: Buffer) => ([this.closed, this.closedWhy] = [code, why.toString('utf8')]));
    this.socket.on('message', (data: Buffer) => {
      this.heard += data.toString('utf8');
      const frame = JSON.parse(data.toString('utf8')) as ServerFrame;
      this.frames.push(frame);
      react(frame, this);
    });
  }

  say(frame: unknown): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  of<T extends ServerFrame['type']>(type: T): Extract<ServerFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type);
  }
}

/** Answers every observation by a function of it. */
export const by =
  (decide: (observation: ObservationFrame) => Answering) =>
  (frame: ServerFrame, self: RawFighter): void => {
    if (frame.type === 'observation') self.say({ type: 'action', match: frame.match, seq: frame.seq, ...decide(frame) });
  };
