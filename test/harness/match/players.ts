/** Agents for tests: real clients on real sockets, scripted frame by frame. */
import { WebSocket } from 'ws';
import { connectAgent, type Answering, type Link } from '../../../harness/agents/link.js';
import type { AgentLine } from '../../../harness/protocol/line.js';
import type { MatchSheet, SeatSheet } from '../../../harness/match/match.js';
import type { ObservationFrame, ServerFrame } from '../../../harness/protocol/frames.js';
import type { MatchServer } from '../../../harness/protocol/server.js';
import type { SeatRecord, TraceEvent } from '../../../scoring/trace/trace.js';
import type { ToyState } from './toy-task.js';

/** A socket of its own that says hello, keeps all it is sent, and answers by `react`. */
export class RawAgent {
  readonly frames: ServerFrame[] = [];
  readonly socket: WebSocket;

  constructor(
    server: MatchServer,
    readonly token: string,
    private readonly react: (frame: ServerFrame, agent: RawAgent) => void = () => undefined,
  ) {
    this.socket = new WebSocket(`${server.url}/agent`);
    this.socket.on('open', () => this.say({ type: 'hello', protocol: 'tickbench.v1', token, name: 'raw' }));
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as ServerFrame;
      this.frames.push(frame);
      this.react(frame, this);
    });
  }

  say(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  answer(seq: number, steps = 1): void {
    this.say({ type: 'action', seq, plan: { steps } });
  }

  of<T extends ServerFrame['type']>(type: T): Extract<ServerFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type);
  }

  errors(code: string): number {
    return this.of('error').filter((frame) => frame.code === code).length;
  }
}

/** Connects a raw agent and waits until the server knows it. */
export async function rawAgent(
  server: MatchServer,
  token: string,
  react?: (frame: ServerFrame, agent: RawAgent) => void,
): Promise<RawAgent> {
  const line = server.admit(token, token);
  const agent = new RawAgent(server, token, react);
  await line.connected(30_000);
  return agent;
}

/** A raw agent that answers every observation at once. */
export const answering = (frame: ServerFrame, agent: RawAgent): void => {
  if (frame.type === 'observation') agent.answer(frame.seq);
};

/** An agent over the built-in link, deciding by a function of its observation. */
export async function linkedAgent(
  server: MatchServer,
  token: string,
  decide: (observation: ObservationFrame) => Answering | Promise<Answering> = walk,
): Promise<{ line: AgentLine; link: Link }> {
  const line = server.admit(token, token);
  const link = connectAgent({ server: server.url, token, name: token, player: { seat: () => ({ decide }) } });
  link.done.catch(() => undefined);
  await line.connected(30_000);
  return { line, link };
}

/** The toy's walker, from the observation as it came over the socket. */
export function walk(observation: ObservationFrame): Answering {
  const state = observation.state as ToyState;
  return { plan: { steps: (state.me % 7) - 3 }, standing: state.me % 2 === 0 ? 'forward' : 'stay' };
}

export function seat(token: string, record: Partial<SeatRecord> = {}, latencyOf?: SeatSheet['latencyOf']): SeatSheet {
  return { token, record: { name: token, kind: 'bot', addedUs: 0, ...record }, ...(latencyOf ? { latencyOf } : {}) };
}

let matches = 0;

export function toyPlan(plan: Partial<MatchSheet> & { seats: SeatSheet[]; durationUs?: number }): MatchSheet {
  const { durationUs, ...rest } = plan;
  return {
    id: `toy-${++matches}`,
    task: 'toy',
    options: { durationUs: durationUs ?? 500_000, seats: plan.seats.length },
    seed: 7,
    clock: 'wall',
    speed: 1,
    timeoutUs: 100_000,
    ...rest,
  };
}

export function eventsOf<K extends TraceEvent['kind']>(
  events: readonly TraceEvent[],
  kind: K,
  seatIndex?: number,
): Extract<TraceEvent, { kind: K }>[] {
  return events.filter(
    (event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind && (seatIndex === undefined || event.seat === seatIndex),
  );
}

/** Waits until something holds. The limit is for what never comes: a busy host may take its time. */
export function until(condition: () => boolean, limitMs = 30_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const since = performance.now();
    const look = (): void => {
      if (condition()) resolve();
      else if (performance.now() - since > limitMs) reject(new Error('waited in vain'));
      else setTimeout(look, 5);
    };
    look();
  });
}
