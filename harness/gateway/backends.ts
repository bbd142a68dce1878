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
 * So many looks without an answer in time mean that a server is gone that had answered before: it may only be busy. A connection that is refused
 * means it at once, and so does silence of a server that never answered.
 */
const SILENT_LOOKS = 3;

const LONGEST_LIST = 8 << 20;

/** What a look found. */
export type Found = { up: true; capacityTokens?: number } | { up: false; trouble: string };

export class BackendLink {
  readonly name: string;
  readonly to: Destination;
  /** What it lists; undefined while it never told a list. */
  models: ModelEntry[] | undefined;
  trouble: string | undefined;
  /** Looks in a row that it did not answer in time. */
  private silent = SILENT_LOOKS;
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
      this.silent = 0;
      // 502 to 504: what stands before the server says that there is none.
      if (reply.status >= 502 && reply.status <= 504) return this.down(`it answers ${reply.status}`);
    } catch (error) {
      const isSilent = (error as Error).name === 'TimeoutError';
      if (isSilent && ++this.silent < SILENT_LOOKS) return this.found();
      return this.down(isSilent ? `no answer within ${this.lookMs / 1000} s` : (connectionTrouble(error) ?? (error as Error).message));
    }
    this.capacityTokens = this.settings.capacityTokens ?? (await this.readCapacity()) ?? this.capacityTokens;
    return this.found();
  }

  private found(): Found {
    this.trouble = undefined;
    const { capacityTokens } = this;
    return { up: true, ...(capacityTokens === undefined ? {} : { capacityTokens }) };
  }

  private down(trouble: string): Found {
    this.trouble = oneLine(trouble);
    // Silence says nothing good of one that was down: it is up when it answers.
    this.silent = SILENT_LOOKS;
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
