/**
 * Round trips to an agent: WebSocket pings, which every WebSocket library answers by itself. They tell how much of a latency is the way there and
 * back. An agent can answer them as late as it likes, so they are shown beside a latency and taken off no score.
 */
import { randomBytes } from 'node:crypto';
import { monotonicUs } from '../host/clock.js';
import type { AgentLine } from './line.js';

/** Pings that may be unanswered at once, and for how long one is waited for: an agent that answers none is not asked on and on. */
const MOST_OPEN = 4;
const LOST_US = 10_000_000;
/** Bytes of a ping: nobody can answer one before it comes. */
const NONCE_BYTES = 8;

export class RoundTrips {
  /** In real microseconds, in the order in which they came back. */
  readonly takenUs: number[] = [];
  /** Pings that were given up, and those not sent because too many were unanswered: what they would have taken is not known, but it is long. */
  lost = 0;
  private readonly open = new Map<string, number>();
  private sinceUs: number | null = null;
  private readonly timer: NodeJS.Timeout;

  /** Begins to ping. @param everyMs how often @param nowUs the clock, in microseconds */
  constructor(
    private readonly line: AgentLine,
    everyMs: number,
    private readonly nowUs: () => number = monotonicUs,
  ) {
    line.onPong = (data) => this.heard(data);
    this.timer = setInterval(() => this.ping(), everyMs).unref();
  }

  /** For how long pings have gone unanswered, in microseconds; 0 where the last one was answered. */
  get silentUs(): number {
    return this.sinceUs === null ? 0 : this.nowUs() - this.sinceUs;
  }

  /** Pings now. */
  ping(): void {
    const sentUs = this.nowUs();
    for (const [nonce, at] of this.open) if (sentUs - at > LOST_US && this.open.delete(nonce)) this.lost++;
    if (this.open.size >= MOST_OPEN) return void this.lost++;
    const nonce = randomBytes(NONCE_BYTES);
    if (!this.line.ping(nonce)) return;
    this.open.set(nonce.toString('hex'), sentUs);
    this.sinceUs ??= sentUs;
  }

  /** How many are unanswered for longer than any that came back took: these are no answers on their way as usual. */
  get overdue(): number {
    const nowUs = this.nowUs();
    const longestUs = Math.max(0, ...this.takenUs);
    return [...this.open.values()].filter((sentUs) => nowUs - sentUs > longestUs).length;
  }

  /** Gives up what is unanswered: another connection is there now. */
  forget(): void {
    this.lost += this.open.size;
    this.open.clear();
    this.sinceUs = null;
  }

  /** Ends; pongs are nobody's any more. */
  stop(): void {
    clearInterval(this.timer);
    this.open.clear();
    this.line.onPong = null;
  }

  private heard(data: Buffer): boolean {
    const heardUs = this.nowUs();
    const nonce = data.toString('hex');
    const sentUs = this.open.get(nonce);
    if (sentUs === undefined) return false;
    this.open.delete(nonce);
    this.sinceUs = null;
    this.takenUs.push(heardUs - sentUs);
    return true;
  }
}
