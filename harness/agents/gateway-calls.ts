/**
 * What a gateway (`tickbench gateway`, or another server that keeps programs of calls together) is told beside a seat's calls: whose they are, until
 * when an answer is of use, and in the end that no more will come. Only an endpoint whose configuration says `gateway: true` is told.
 */
import { TENANT_HEADER } from '../gateway/identity.js';
import { oneLine } from '../endpoints/refusal.js';
import { postBytes, type Destination } from '../endpoints/transport.js';
import type { WelcomeFrame } from '../protocol/frames.js';

/** How long the gateway may take to hear of an end; a lease of its own ends the program as well. */
const RELEASE_MS = 2000;

/** The calls of one seat in one match to one endpoint: a program. */
export class GatewayCalls {
  private readonly program: string;
  private readonly deadlineMs: number | undefined;

  /**
   * @param member the name of the configuration that asks: each of a team's has a prompt of its own, and so a program
   * @param tenant whom the calls belong to; undefined: to whom the gateway counts those that name nobody
   */
  constructor(
    private readonly to: Destination,
    member: string,
    { match, seat, timeoutUs, speed, patient }: Pick<WelcomeFrame, 'match' | 'seat' | 'timeoutUs' | 'speed' | 'patient'>,
    private readonly tenant?: string,
  ) {
    this.program = `${match}.${seat}.${member}`.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 256);
    // Where the clock waits for every answer, none is too late.
    this.deadlineMs = patient ? undefined : Math.floor(timeoutUs / speed / 1000);
  }

  /** Headers of each call. */
  get headers(): Record<string, string> {
    const { program, deadlineMs } = this;
    return { 'x-session-id': program, ...this.owner, ...(deadlineMs === undefined ? {} : { 'x-deadline-ms': String(deadlineMs) }) };
  }

  private get owner(): Record<string, string> {
    return this.tenant === undefined ? {} : { [TENANT_HEADER]: this.tenant };
  }

  /** Says that the program is over. Never throws; what went wrong is returned in words. */
  async release(): Promise<string | undefined> {
    const root = this.to.url.replace(/\/v\d+$/, '');
    try {
      const signal = AbortSignal.timeout(RELEASE_MS);
      const reply = await postBytes({ ...this.to, url: root }, `/programs/${this.program}/release`, {
        headers: this.owner,
        body: Buffer.alloc(0),
        signal,
      });
      reply.body.resume();
      return reply.ok ? undefined : `the gateway answers ${reply.status} to the release of ${this.program}`;
    } catch (error) {
      return `the gateway was not told of the end of ${this.program}: ${oneLine((error as Error).message)}`;
    }
  }
}
