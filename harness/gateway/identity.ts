/**
 * Whose call a request is, and what it hints. No convention is settled, so the names that serving systems use are all read, in the order in
 * which they stand here; docs/gateway.md lists them. None is needed: a request without any is a program of its own.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from './errors.js';

export interface Identity {
  /** Undefined: the call is a program of its own. */
  program?: string;
  tenant: string;
  parent?: string;
  /** The program ends; nothing is to be computed. */
  final: boolean;
  priority?: number;
  /** How long the answer is expected to be, in tokens, above 0. */
  outputTokens?: number;
  /** How long the answer is of use from now, in milliseconds. */
  deadlineInMs?: number;
  /** The kind of resource that the program asks for; `none`: not even the default. */
  resource?: string;
  /** How long the call waits for it at most, in milliseconds; undefined: it does not. */
  resourceWaitMs?: number;
}

/** Whom calls belong to that name no tenant. */
export const DEFAULT_TENANT = 'default';

/** Letters that an identity may have: what can stand in a header and a line of a log. */
const NAME = /^[\x21-\x7e]{1,256}$/;

const PROGRAM_HEADERS = ['x-dynamo-session-id', 'x-session-id', 'session-id'];
/** Milliseconds for which an answer is of use, from when the request comes. */
export const DEADLINE_HEADER = 'x-deadline-ms';
/** Which kind of resource the program asks for, and how long the call waits for it. They are for the gateway alone. */
export const RESOURCE_HEADER = 'x-tickbench-resource';
export const RESOURCE_WAIT_HEADER = 'x-tickbench-resource-wait-ms';
/** No resource, not even the default one. */
export const NO_RESOURCE = 'none';
/** Whom a call belongs to: it shares by that tenant's weight. */
export const TENANT_HEADER = 'x-llm-d-inference-fairness-id';

/** A number below this is a time from now; from it on a Unix time. In seconds about thirty years. */
const ABSOLUTE_S = 1e9;

type Fields = Record<string, unknown>;

/** Reads both. @param body undefined where a request has none @param unixMs the time now, for deadlines that are Unix times @throws GatewayError 400 naming what cannot be read */
export function identityOf(headers: IncomingHttpHeaders, body: Fields | undefined, unixMs: number): Identity {
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const context = fieldsIn(fieldsIn(body?.vllm_xargs)?.agentic_context);
  const hints = [fieldsIn(fieldsIn(body?.nvext)?.agent_hints), fieldsIn(body?.agent_hints), fieldsIn(body?.agent_hint), context].filter((each) => each !== undefined); // prettier-ignore
  const named = PROGRAM_HEADERS.map((name) => ({ where: name, value: header(name) as unknown }));
  named.push({ where: 'program_id', value: body?.program_id }, { where: 'agentic_context.program_id', value: context?.program_id });
  const program = firstName(named);
  const tenant = firstName([{ where: TENANT_HEADER, value: header(TENANT_HEADER) }]) ?? DEFAULT_TENANT;
  if (tenant.includes('/')) throw new GatewayError(400, `${TENANT_HEADER}: "/" cannot stand in it`, 'invalid_identity');
  const parent = firstName([
    { where: 'x-dynamo-parent-session-id', value: header('x-dynamo-parent-session-id') },
    { where: 'agentic_context.parent', value: context?.parent },
  ]);
  const hint = (...names: string[]): number | undefined => numberIn(hints.flatMap((each) => names.map((name) => each[name])));
  const length = hint('osl');
  const priority = hint('strict_priority', 'priority') ?? numberIn([body?.priority]);
  const outputTokens = length !== undefined && length > 0 ? length : undefined;
  const deadlineInMs = deadlineOf(header(DEADLINE_HEADER), hint('deadline_ms'), context?.deadline, unixMs);
  const resource = firstName([
    { where: RESOURCE_HEADER, value: header(RESOURCE_HEADER) },
    ...hints.map((each) => ({ where: 'resource', value: each.resource })),
  ]);
  const resourceWaitMs = millisecondsIn(RESOURCE_WAIT_HEADER, header(RESOURCE_WAIT_HEADER), 'invalid_resource') ?? hint('resource_wait_ms');
  return {
    ...{ program, tenant, parent, priority, outputTokens, deadlineInMs, resource },
    resourceWaitMs: resourceWaitMs === undefined ? undefined : Math.max(0, resourceWaitMs),
    final: header('x-dynamo-session-final')?.toLowerCase() === 'true',
  };
}

/** A program's name among all tenants' programs. */
export function programKey(tenant: string, program: string): string {
  return `${tenant}/${program}`;
}

/** An object, or one written as JSON: some servers take texts only. */
function fieldsIn(value: unknown): Fields | undefined {
  if (typeof value === 'string' && value.startsWith('{')) {
    try {
      return fieldsIn(JSON.parse(value) as unknown);
    } catch {
      return undefined; // it is for the backend to say what is wrong with a field that is not ours
    }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function firstName(named: readonly { where: string; value: unknown }[]): string | undefined {
  for (const { where, value } of named) {
    if (value === undefined || value === null || value === '') continue;
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || !NAME.test(text))
      throw new GatewayError(400, `${where}: accepted is a name of 1 to 256 printable characters without spaces`, 'invalid_identity');
    return text;
  }
  return undefined;
}

function numberIn(values: readonly unknown[]): number | undefined {
  return values.find((value): value is number => typeof value === 'number' && Number.isFinite(value));
}

/** A header's number of milliseconds. @throws GatewayError 400 with the code where it is none */
function millisecondsIn(name: string, text: string | undefined, code: string): number | undefined {
  if (text === undefined) return undefined;
  const ms = Number(text);
  if (!(ms >= 0) || !Number.isFinite(ms)) throw new GatewayError(400, `${name}: accepted is a number of milliseconds from now, 0 or more`, code); // prettier-ignore
  return ms;
}

/** `x-deadline-ms` and `deadline_ms` are milliseconds from now; `agentic_context.deadline` is seconds from now, a Unix time in seconds, or a date. */
function deadlineOf(header: string | undefined, hintMs: number | undefined, deadline: unknown, unixMs: number): number | undefined {
  const headerMs = millisecondsIn(DEADLINE_HEADER, header, 'invalid_deadline');
  if (headerMs !== undefined) return headerMs;
  if (hintMs !== undefined) return Math.max(0, hintMs);
  if (typeof deadline === 'number' && Number.isFinite(deadline))
    return Math.max(0, deadline < ABSOLUTE_S ? deadline * 1000 : deadline * 1000 - unixMs);
  if (typeof deadline === 'string' && !Number.isNaN(Date.parse(deadline))) return Math.max(0, Date.parse(deadline) - unixMs);
  return undefined;
}
