/** Calls and their programs' resources: which kind one asks for, which calls wait for it, and what their answers tell of it. */
import { GatewayError } from '../errors.js';
import { NO_RESOURCE, RESOURCE_HEADER, RESOURCE_WAIT_HEADER, type Identity } from '../identity.js';
import type { Resources } from './resources.js';

/** Most characters of a header that tells what a preparation printed; longer ones stand in GET /programs/ID alone. */
const MOST_IN_HEADER = 4096;

export class ResourceCalls {
  /** Calls that wait for a resource, and until when at most. */
  private readonly held = new Map<number, { program: string; untilMs: number }>();

  /** @param resources undefined where the gateway's file names none */
  constructor(private readonly resources: Resources | undefined) {}

  /** The kind that a call's program is to have; undefined: none. @throws GatewayError when it cannot have what it asks for */
  kindFor({ program: named, resource }: Identity, program: string): string | undefined {
    const { resources } = this;
    if (resource === NO_RESOURCE) return undefined;
    if (!resources) {
      if (resource === undefined) return undefined;
      throw new GatewayError(400, `${RESOURCE_HEADER}: this gateway has no resources (its file has no section of that name)`, 'invalid_resource'); // prettier-ignore
    }
    if (named === undefined) {
      if (resource === undefined) return undefined;
      throw new GatewayError(400, `${RESOURCE_HEADER}: a resource is a program's, and this call names none; accepted: x-session-id beside it`, 'invalid_resource'); // prettier-ignore
    }
    const has = resources.kindOf(program);
    const kind = resource ?? has ?? resources.defaultKind;
    if (kind === undefined) return undefined;
    if (!resources.kinds.includes(kind))
      throw new GatewayError(400, `${RESOURCE_HEADER}: "${kind.slice(0, 60)}" is no kind of resource; accepted: ${[...resources.kinds, NO_RESOURCE].join(', ')}`, 'invalid_resource'); // prettier-ignore
    if (has !== undefined && has !== kind)
      throw new GatewayError(409, `${RESOURCE_HEADER}: this program has a resource of the kind ${has} until its end; accepted: that one, or none`, 'resource_differs'); // prettier-ignore
    return kind;
  }

  /** Whether a call is to wait for its program's world: it asks to, and the world is not there yet. */
  isToWait({ resourceWaitMs = 0 }: Identity, program: string): boolean {
    return resourceWaitMs > 0 && !(this.resources!.kindOf(program) !== undefined && this.resources!.isSettled(program));
  }

  hold(call: number, program: string, untilMs: number): void {
    this.held.set(call, { program, untilMs });
  }

  /** A call is over. */
  drop(call: number): void {
    this.held.delete(call);
  }

  /** Calls that wait no longer for a program's world: it is there, or will not be. */
  settled(program: string): number[] {
    if (!this.resources?.isSettled(program)) return [];
    return this.free((each) => each.program === program);
  }

  /** Calls that have waited for as long as they asked to. */
  due(nowMs: number): number[] {
    return this.free(({ untilMs }) => untilMs <= nowMs);
  }

  /** Headers of an answer that tell of its program's resource. */
  headers(program: string): Record<string, string> {
    const told = this.resources?.told(program);
    if (!told) return {};
    const { kind, state, folder, port, data, trouble } = told;
    const printed = data === undefined ? '' : asciiJson(data);
    return {
      [RESOURCE_HEADER]: kind,
      [`${RESOURCE_HEADER}-state`]: state,
      ...(folder === undefined ? {} : { [`${RESOURCE_HEADER}-folder`]: folder.replace(/[^\x20-\x7e]+/gu, encodeURIComponent) }),
      ...(port === undefined ? {} : { [`${RESOURCE_HEADER}-port`]: String(port) }),
      ...(printed === '' || printed.length > MOST_IN_HEADER ? {} : { [`${RESOURCE_HEADER}-data`]: printed }),
      ...(trouble === undefined ? {} : { [`${RESOURCE_HEADER}-trouble`]: trouble.replace(/[^\x20-\x7e]/g, '?') }),
    };
  }

  private free(wanted: (held: { program: string; untilMs: number }) => boolean): number[] {
    const free = [...this.held].filter(([, each]) => wanted(each)).map(([call]) => call);
    for (const call of free) this.held.delete(call);
    return free;
  }
}

/** Headers of a request that are for the gateway, not for a backend. */
export const OWN_HEADERS = [RESOURCE_HEADER, RESOURCE_WAIT_HEADER] as const;

/** JSON in characters that a header may have. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
