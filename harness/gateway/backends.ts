/** The backends as they are found: whether they live, which models they list, how much their caches hold. */
import { beginningOf } from '../endpoints/call.js';
import { parseModelEntries, type ModelEntry } from './models.js';
import { connectionTrouble } from '../endpoints/errors.js';
import { oneLine } from '../endpoints/refusal.js';
import { keyFrom } from '../endpoints/start.js';
import { get, type Destination } from '../endpoints/transport.js';
import { kvCapacity } from './kv-capacity.js';
import type { BackendSettings } from './settings.js';

/**
 * So many looks in a row without an answer in time, or answered by 502 to 504, mean that a server is gone that had answered before: it may only be
 * busy, and what stands before it may say so. A connection that is refused means it at once, and so does either of a server that never answered.
 */
const UNANSWERED_LOOKS = 3;

const LONGEST_LIST = 8 << 20;

/** What a look found. */
export type Found = { up: true; capacityTokens?: number } | { up: false; trouble: string };

export class BackendLink {
  readonly name: string;
  readonly to: Destination;
  /** What it lists; undefined while it never told a list. */
  models: ModelEntry[] | undefined;
  trouble: string | undefined;
  /** Looks in a row that it did not answer, or not by itself. */
  private unanswered = UNANSWERED_LOOKS;
  /** What it told last of its cache: metrics that fail for once do not make a cache boundless. */
  private capacityTokens: number | undefined;

  /** Not looked at yet. @throws EndpointError when its key's environment variable is not set */
  constructor(
    readonly settings: BackendSettings,
    /** How long a look may take, in milliseconds: a server that computes may answer late. */
    private readonly lookMs: number,
  ) {
    const { name, url, keyEnv, keyHeader } = settings;
    this.name = name;
    this.to = { url, apiKey: keyFrom(keyEnv), ...(keyHeader === undefined ? {} : { keyHeader }) };
  }

  /** Whether it may be asked for a model: one that it lists, or any where it lists none. */
  serves(model: string | undefined): boolean {
    const named = this.settings.models ?? this.models?.map(({ id }) => id);
    return named === undefined || model === undefined || named.includes(model);
  }

  /** Looks at it once. Never throws. */
  async look(): Promise<Found> {
    try {
      const reply = await get(this.to, '/models', AbortSignal.timeout(this.lookMs));
      const body = await beginningOf(reply, LONGEST_LIST);
      if (reply.ok) this.models = parseModelEntries(body) ?? this.models;
      // What stands before the server says that there is none, or it says itself that it cannot serve now.
      if (reply.status >= 502 && reply.status <= 504) return this.notAnswered(`it answers ${reply.status}`);
      this.unanswered = 0;
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') return this.notAnswered(`no answer within ${this.lookMs / 1000} s`);
      return this.down(connectionTrouble(error) ?? (error as Error).message);
    }
    this.capacityTokens = this.settings.capacityTokens ?? (await this.readCapacity()) ?? this.capacityTokens;
    return this.found();
  }

  private notAnswered(trouble: string): Found {
    const looks = ++this.unanswered;
    return looks < UNANSWERED_LOOKS ? this.found(`${trouble}, to ${looks} look${looks === 1 ? '' : 's'} in a row`) : this.down(trouble);
  }

  private found(trouble?: string): Found {
    this.trouble = trouble;
    const { capacityTokens } = this;
    return { up: true, ...(capacityTokens === undefined ? {} : { capacityTokens }) };
  }

  private down(trouble: string): Found {
    this.trouble = oneLine(trouble);
    // Silence says nothing good of one that was down: it is up when it answers.
    this.unanswered = UNANSWERED_LOOKS;
    return { up: false, trouble: this.trouble };
  }

  private async readCapacity(): Promise<number | undefined> {
    const { metrics } = this.settings;
    if (metrics === 'none') return undefined;
    const { origin } = new URL(this.to.url);
    const { origin: at, pathname } = new URL(metrics, origin);
    try {
      // The key goes to the server itself alone.
      const to = at === origin ? { ...this.to, url: at } : { url: at };
      const reply = await get(to, pathname, AbortSignal.timeout(this.lookMs));
      const text = await beginningOf(reply, LONGEST_LIST);
      return reply.ok ? kvCapacity(text) : undefined;
    } catch {
      return undefined; // a server without metrics is served all the same, without a bound
    }
  }
}
