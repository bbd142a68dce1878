/**
 * What an endpoint can do, tried out: each feature that this project's measurements depend on either works, does not, or
 * could not be told, with what it costs in milliseconds. The number of calls is bounded and known beforehand.
 */
import { CallBudget, type BudgetLimits, type BudgetSpent } from './budget.js';
import { streamChat, type ChatTarget } from './call.js';
import { requestSettings, type RequestSettings } from '../configuration/endpoint.js';
import { contactFault, firstContact, offered, type Contact } from './contact.js';
import { burst, cancellation } from './load-probes.js';
import { Patience } from './patience.js';
import { ANSWER_PROBES } from './probes.js';
import type { CheckRow, Probe, ProbeContext } from './probing.js';
import { addAccount, type StreamAccount } from './reading.js';
import { MOST_SEARCH_CALLS, requestLine } from './settings.js';
import { proxyFor, proxyNote } from './transport.js';

export type { CheckRow } from './probing.js';

/** All probes, in the order in which they run. */
const PROBES: readonly Probe[] = [...ANSWER_PROBES, cancellation, burst];

/** The most calls that one check makes: the probes', and the first contact's search for an address and for fields that are refused. */
export const MAX_CHECK_CALLS = 36 + 4 + MOST_SEARCH_CALLS;

export interface CheckReport {
  url: string;
  model: string;
  rows: CheckRow[];
  spent: BudgetSpent;
  /** Lines for a configuration file with which the server answers. */
  configuration: string[];
  /** Events of all streams that were understood, and what was passed over, by kind. */
  account: StreamAccount;
}

export interface CheckOptions {
  /** For each call, in milliseconds. */
  timeoutMs?: number;
  /** The name of the token limit's field to begin with. */
  tokenLimitField?: RequestSettings['tokenLimitField'];
  /** The environment variable that holds the key, for what is said. */
  keyEnv?: string;
  /** Prices of 1,000 tokens, for the cost of the check. */
  prices?: Pick<BudgetLimits, 'inputPer1k' | 'outputPer1k'>;
  /** Told before each probe, and each row as soon as it is known. */
  onProbe?: (feature: string) => void;
  onRow?: (row: CheckRow) => void;
  /** Told of waits. */
  say?: (line: string) => void;
  signal?: AbortSignal;
  /** Waits for a server that asks for it; tests pass their own. */
  wait?: (ms: number) => Promise<unknown>;
}

/**
 * Tries everything out, one probe after another. Errors of calls are outcomes. At most MAX_CHECK_CALLS calls.
 * @throws EndpointError when the address, the name or the key is refused, so that there is nothing to try
 */
export async function checkEndpoint(given: ChatTarget, options: CheckOptions = {}): Promise<CheckReport> {
  const budget = new CallBudget({ maxCalls: MAX_CHECK_CALLS, ...options.prices });
  const { timeoutMs = 60_000, tokenLimitField = 'max_tokens', say, signal, wait } = options;
  const account: StreamAccount = { understood: 0, passedOver: {} };
  const rows: CheckRow[] = [];
  const tell = (row: CheckRow): void => {
    rows.push(row);
    options.onRow?.(row);
  };
  options.onProbe?.('request fields');
  const wanted = requestSettings.parse({ maxTokens: 32, timeoutMs, tokenLimitField, seed: 1 });
  const contact = await firstContact(given, wanted, { patience: { say, signal, wait }, budget, account });
  const fault = contactFault(contact, given, options.keyEnv);
  if (fault) throw fault;
  const { target, settings } = contact;
  for (const row of contactRows(contact, given)) tell(row);
  const context: ProbeContext = {
    target,
    needed: {},
    ask: async (messages, more = {}, extra = {}, { signal: stop, onPiece, impatient = false } = {}) => {
      const patience = new Patience({ say, signal: stop ?? signal, wait });
      for (;;) {
        const call = await streamChat(
          Object.keys(extra).length === 0 ? target : { ...target, extra: { ...target.extra, ...extra } },
          typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages,
          { ...settings, maxTokens: 32, ...more },
          (text) => onPiece?.(text),
          { signal: stop ?? signal, budget, lingerMs: 1000 },
        );
        addAccount(account, call.account);
        if (impatient || !(await patience.after(call.error))) return call;
      }
    },
  };
  for (const probe of PROBES) {
    if (signal?.aborted) break;
    options.onProbe?.(probe.feature);
    for (const row of [await probe.run(context)].flat()) tell(row);
  }
  tell(accountRow(account));
  return {
    url: target.url,
    model: target.model,
    rows,
    spent: budget.spent,
    configuration: linesOf(contact, given, context.needed),
    account,
  };
}

/** What the first contact found out: the address, the name, a proxy, and the fields of a request. */
function contactRows({ target, listed, changes, settings, call, notes }: Contact, given: ChatTarget): CheckRow[] {
  const rows: CheckRow[] = [];
  if (target.url !== given.url || target.keyHeader !== given.keyHeader)
    rows.push({ feature: 'address and key', outcome: 'works', detail: notes.join('; ') });
  const proxy = proxyNote(target.url);
  if (proxy !== undefined) rows.push({ feature: 'proxy', outcome: proxyFor(target.url) === undefined ? 'not' : 'works', detail: proxy });
  if (listed && !listed.includes(target.model))
    rows.push({
      feature: 'model name',
      outcome: call.error ? 'unknown' : 'works',
      detail: `${call.error ? 'is not listed' : 'is taken, though not listed'} as "${target.model}"; listed: ${offered(listed, target.model)}`,
    });
  const feature = 'request fields';
  const { temperature, topP, seed, tokenLimitField, streamOptions } = settings;
  const sent = { temperature, top_p: topP, seed, [tokenLimitField ?? 'token limit']: tokenLimitField, stream_options: streamOptions };
  const names = Object.entries(sent).filter(([, value]) => value !== null && value !== undefined);
  const taken = names.map(([name]) => name).join(', ') || 'none';
  if (call.error) rows.push({ feature, outcome: 'unknown', detail: `${call.error.label}: ${call.error.message}` });
  else if (changes.length === 0) rows.push({ feature, outcome: 'works', detail: `taken: ${taken}` });
  else {
    const refused = changes.map(({ field }) => field).join(', ');
    rows.push({ feature, outcome: 'not', detail: `refused: ${refused}; taken: ${taken}. The other tries are made without the refused` });
  }
  return rows;
}

function accountRow({ understood, passedOver }: StreamAccount): CheckRow {
  const kinds = Object.entries(passedOver)
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${count} ${what}`);
  const rest = kinds.length === 0 ? 'nothing passed over' : `passed over: ${kinds.join(', ')}`;
  return { feature: 'stream', outcome: understood > 0 ? 'works' : 'unknown', detail: `${understood} events understood; ${rest}` };
}

/** The lines of a configuration file with which this endpoint is played. */
function linesOf({ target, changes }: Contact, given: ChatTarget, needed: Partial<RequestSettings>): string[] {
  const lines: string[] = [];
  if (target.url !== given.url || target.keyHeader !== given.keyHeader) {
    const header = target.keyHeader === undefined ? '' : `, keyHeader: ${target.keyHeader}`;
    lines.push(`endpoint: { kind: openai, url: ${JSON.stringify(target.url)}, model: ${JSON.stringify(target.model)}${header} }`);
  }
  const wanted = changes.filter(({ field }) => field !== 'seed');
  if (wanted.length > 0 || Object.keys(needed).length > 0) lines.push(requestLine(wanted, needed));
  return lines;
}
