/**
 * Agents that behave as they are told, observation by observation: they answer twice, flood, say nothing, leave and come back. On the virtual clock, with
 * given latencies, what they do takes effect at world times that no host's speed changes, so that two plays can be compared.
 */
import { WebSocket } from 'ws';
import type { ObservationFrame, ServerFrame } from '../../../harness/protocol/frames.js';
import type { MatchServer } from '../../../harness/protocol/server.js';
import { walk } from './players.js';

/**
 * What an agent does about one observation. `blink` leaves, comes back at once and answers; `away` leaves unanswered until it is called back; `silent` lets
 * it be missed.
 */
export type Behaviour = 'answer' | 'twice' | 'elsewhere' | 'nonsense' | 'refuse' | 'flood' | 'blink' | 'silent' | 'away';

/** An agent in one seat of the toy, on a socket of its own. */
export class BehavingAgent {
  /** World time of the observation on which it went away; null while it is there. */
  awayAt: number | null = null;
  private socket: WebSocket | null = null;
  private readonly done = new Set<number>();
  private welcomed: (() => void)[] = [];

  /**
   * @param behaviours by observation: the n-th of them says what is done about seq n + 1, and whoever is asked more often goes through them again
   * @param before what must have happened before an observation is answered at all
   */
  constructor(
    private readonly server: MatchServer,
    private readonly token: string,
    private readonly behaviours: readonly Behaviour[],
    private readonly before: (observation: ObservationFrame) => Promise<void> = () => Promise.resolve(),
  ) {
    server.admit(token, token);
  }

  /** Connects; resolves when the server has taken it in. */
  async connect(): Promise<void> {
    const socket = (this.socket = new WebSocket(`${this.server.url}/agent`));
    socket.on('error', () => undefined);
    socket.on('open', () => this.say({ type: 'hello', protocol: 'tickbench.v1', token: this.token, name: this.token }));
    socket.on('message', (data: Buffer) => this.hear(JSON.parse(data.toString('utf8')) as ServerFrame));
    await this.server.line(this.token).connected(30_000);
  }

  /** Comes back, and resolves once the match has it again. */
  async back(): Promise<void> {
    this.awayAt = null;
    const again = new Promise<void>((resolve) => this.welcomed.push(resolve));
    await this.connect();
    await again;
  }

  close(): void {
    this.socket?.terminate();
  }

  private say(frame: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  private hear(frame: ServerFrame): void {
    if (frame.type === 'welcome') for (const resolve of this.welcomed.splice(0)) resolve();
    if (frame.type === 'observation') void this.before(frame).then(() => this.act(frame));
  }

  private act(observation: ObservationFrame): void {
    const { seq } = observation;
    const answer = { type: 'action', seq, ...walk(observation) };
    const other = { type: 'action', seq, plan: { steps: 5 } };
    // What was left open is answered when it is asked again.
    const behaviour = this.done.has(seq) ? 'answer' : this.behaviours[(seq - 1) % this.behaviours.length]!;
    this.done.add(seq);
    switch (behaviour) {
      case 'answer':
        return this.say(answer);
      case 'twice':
        for (const frame of [answer, other]) this.say(frame);
        return;
      case 'elsewhere':
        for (const frame of [{ ...other, seq: seq - 1 }, { ...other, seq: seq + 1 }, { ...other, match: 'no-such' }, answer])
          this.say(frame);
        return;
      case 'nonsense':
        return this.say({ ...other, plan: { steps: 'many' } });
      case 'refuse':
        return this.say({ type: 'action', seq, rejected: 'nothing usable' });
      case 'flood':
        for (const frame of ['{', '[]', { type: 'dance' }, answer]) this.say(frame);
        return;
      case 'blink':
        this.close();
        return void this.connect();
      case 'away':
        this.awayAt = observation.at;
        return this.close();
      case 'silent':
        return;
    }
  }
}
