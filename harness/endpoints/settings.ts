/**
 * Finds out which fields of a request a server refuses, by leaving them out one after another, and says what to write into a configuration.
 */
import type { RequestSettings } from '../configuration/endpoint.js';
import type { ChatCall } from './call.js';

/** A setting that makes a request without a field that a server may refuse. */
export interface SettingChange {
  /** The field's name in the request. */
  field: string;
  change: Partial<RequestSettings>;
}

/** What is left out, in the order in which it is tried: what costs least to do without comes first. */
const CHANGES: readonly SettingChange[] = [
  { field: 'stream_options', change: { streamOptions: null } },
  { field: 'seed', change: { seed: null } },
  { field: 'top_p', change: { topP: null } },
  { field: 'stop', change: { stop: null } },
  { field: 'max_tokens', change: { tokenLimitField: 'max_completion_tokens' } },
  { field: 'temperature', change: { temperature: null } },
  { field: 'max_completion_tokens', change: { tokenLimitField: 'max_tokens' } },
  { field: 'max_tokens', change: { tokenLimitField: null } },
];

/** Most calls that one search makes. */
export const MOST_SEARCH_CALLS = 2 * CHANGES.length;

/** Whether a failed call may have failed for a field: the server calls the request wrong. */
export function isRefusedRequest(call: ChatCall): boolean {
  const status = call.error?.status;
  return status === 400 || status === 422 || status === 501;
}

/** Whether leaving it out would change anything. */
function isSent({ change }: SettingChange, settings: RequestSettings): boolean {
  return Object.entries(change).some(([name, value]) => (settings[name as keyof RequestSettings] ?? null) !== value);
}

/**
 * The least that has to be left out of a refused request for the server to take it; undefined when no field is to blame.
 * @param refused the call that was refused under these settings
 */
export async function acceptedSettings(
  ask: (settings: RequestSettings) => Promise<ChatCall>,
  settings: RequestSettings,
  refused: ChatCall,
): Promise<{ changes: SettingChange[]; settings: RequestSettings; call: ChatCall } | undefined> {
  const applied: SettingChange[] = [];
  const tried = new Set<SettingChange>();
  let call = refused;
  const now = (): RequestSettings => applied.reduce((so, { change }) => ({ ...so, ...change }), settings);
  // What the server names goes first; a new complaint means that the last one is settled.
  for (;;) {
    const said = call.error?.message ?? '';
    const next = CHANGES.find((each) => !tried.has(each) && isSent(each, now()) && names(said, each.field));
    if (!next) break;
    tried.add(next);
    const before = call.error?.message;
    applied.push(next);
    call = await ask(now());
    if (!call.error) return { changes: applied, settings: now(), call };
    if (!isRefusedRequest(call)) return undefined;
    if (call.error.message === before) applied.pop();
  }
  // It names none: each alone, then all but the ones that are not needed.
  for (const each of CHANGES) {
    if (tried.has(each) || !isSent(each, now())) continue;
    const attempt = await ask({ ...now(), ...each.change });
    if (!attempt.error) return { changes: [...applied, each], settings: { ...now(), ...each.change }, call: attempt };
  }
  const all = CHANGES.filter(
    (each) => each.field !== 'max_completion_tokens' && each.change.tokenLimitField !== null && isSent(each, settings),
  );
  const without = (left: readonly SettingChange[]): RequestSettings => left.reduce((so, { change }) => ({ ...so, ...change }), settings);
  call = await ask(without(all));
  if (call.error) return undefined;
  let needed: SettingChange[] = all;
  for (const each of all) {
    const fewer = needed.filter((other) => other !== each);
    const attempt = await ask(without(fewer));
    if (!attempt.error) [needed, call] = [fewer, attempt];
  }
  return { changes: needed, settings: without(needed), call };
}

function names(text: string, field: string): boolean {
  return new RegExp(`(?<![A-Za-z_])${field}(?![A-Za-z_])`, 'i').test(text);
}

/** The line for a configuration file: `request: { streamOptions: null, topP: null }`. */
export function requestLine(changes: readonly SettingChange[], more: Record<string, unknown> = {}): string {
  const fields = Object.entries({ ...changes.reduce((so, { change }) => ({ ...so, ...change }), {}), ...more });
  return `request: { ${fields.map(([name, value]) => `${name}: ${JSON.stringify(value).replace(/^"([a-z_]+)"$/, '$1')}`).join(', ')} }`;
}
