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
export const MOST_SEARCH_CALLS = 2 * CHANGES.length + 1;

/**
 * Whether a failed call may have failed for a field: the server calls the request wrong. One that says so in a stream that began well, or as a
 * fault of its own, is believed where it names a field.
 */
export function isRefusedRequest({ error, pieces }: ChatCall): boolean {
  if (!error) return false;
  const { status, kind, message } = error;
  if (status === 400 || status === 422 || status === 501) return true;
  return (status === 500 || (kind === 'failed' && pieces === 0)) && CHANGES.some(({ field }) => names(message, field));
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
  const without = (left: readonly SettingChange[]): RequestSettings => left.reduce((so, { change }) => ({ ...so, ...change }), settings);
  let left: SettingChange[] = [];
  let call = refused;
  const untried = new Set(CHANGES);
  while (call.error) {
    const said = call.error.message;
    const open = [...untried].filter((each) => isSent(each, without(left)));
    // What the server names goes first.
    const next = open.find(({ field }) => names(said, field)) ?? open[0];
    if (!next) break;
    untried.delete(next);
    const attempt = await ask(without([...left, next]));
    if (attempt.error && !isRefusedRequest(attempt)) return undefined;
    // The same complaint: it was not this field. Another one: this is settled, and there is more.
    if (attempt.error?.message === said) continue;
    left.push(next);
    call = attempt;
  }
  if (call.error) {
    // None alone: all of them together, or no field is to blame.
    left = CHANGES.filter((each) => each.field !== 'max_completion_tokens' && isSent(each, settings));
    call = await ask(without(left));
    if (call.error) return undefined;
  }
  // What costs most to do without is put back first.
  for (const each of left.length > 1 ? [...left].reverse() : []) {
    const fewer = left.filter((other) => other !== each);
    const attempt = await ask(without(fewer));
    if (!attempt.error) [left, call] = [fewer, attempt];
  }
  return { changes: left, settings: without(left), call };
}

function names(text: string, field: string): boolean {
  return new RegExp(`(?<![A-Za-z_])${field}(?![A-Za-z_])`, 'i').test(text);
}

/** The line for a configuration file: `request: { streamOptions: null, topP: null }`. */
export function requestLine(changes: readonly SettingChange[], more: Record<string, unknown> = {}): string {
  const fields = Object.entries({ ...changes.reduce((so, { change }) => ({ ...so, ...change }), {}), ...more });
  return `request: { ${fields.map(([name, value]) => `${name}: ${JSON.stringify(value).replace(/^"([a-z_]+)"$/, '$1')}`).join(', ')} }`;
}
