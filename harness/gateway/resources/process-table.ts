/**
 * The processes of worlds as Linux tells of them, and their end. A world's processes are found in two ways: by the environment that they were
 * started with, which names the world and which their children inherit, and by the process group of the one that was started. A process that
 * was given another environment and left its group is not found; nor is one whose environment the gateway may not read.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { bornOf, fieldsOfStat, hasEnded } from '../../host/born.js';
import { hostIdentity } from '../../host/identity.js';

/** The environment variable that names a process's world. */
export const WORLD_VARIABLE = 'TICKBENCH_WORLD';

/** A process that cannot be taken for another: numbers are given again, also after the machine was started again. */
export interface ProcessIdentity {
  pid: number;
  born: string | null;
  boot: string;
}

/** A process as it was found. */
export interface FoundProcess {
  pid: number;
  group: number;
  born: string;
  /** The world that its environment names. */
  world?: string;
}

/** Processes that are looked at before others get their turn: a look takes some 15 microseconds each. */
const AT_A_TIME = 64;

/** How long processes have to be gone once they were killed. */
const KILLED_WITHIN_MS = 10_000;

const MARK = Buffer.from(`${WORLD_VARIABLE}=`);

/** This start of the system: it does not change while this process runs. */
const BOOT = hostIdentity();

/** Who a running process is. */
export function processIdentity(pid: number): ProcessIdentity {
  return { pid, born: bornOf(pid), boot: BOOT };
}

export class ProcessTable {
  private running: Promise<unknown> = Promise.resolve();
  private queued: Promise<readonly FoundProcess[]> | undefined;

  /** All processes but this one, as they are after this was asked. Many that ask at once are answered by one look. */
  look(): Promise<readonly FoundProcess[]> {
    this.queued ??= this.running.then(() => {
      this.queued = undefined;
      const reading = lookNow();
      this.running = reading.catch(() => undefined);
      return reading;
    });
    return this.queued;
  }

  /**
   * Ends a world's processes: asks them, waits, kills them, and looks until none is found.
   * @param leader the one that was started @param exited resolves when it ends, where it is a child that has not ended yet
   * @returns how many there were @throws when some are there for long after they were killed
   */
  async end(world: string, leader: ProcessIdentity | undefined, graceMs: number, exited?: Promise<void>): Promise<number> {
    const seen = new Set<number>();
    const startedMs = performance.now();
    // The number of a group that was ours a moment ago is nobody else's until a look finds it empty.
    const isKnownOurs = leader !== undefined && exited !== undefined;
    if (leader && exited) {
      seen.add(leader.pid);
      signal(-leader.pid, 'SIGTERM');
      await withinMs(exited, graceMs);
    }
    for (let pause = 10; ; pause = Math.min(2 * pause, 200)) {
      const found = membersOf(await this.look(), world, leader, isKnownOurs);
      if (found.length === 0) return seen.size;
      const pastMs = performance.now() - startedMs;
      if (pastMs > graceMs + KILLED_WITHIN_MS)
        throw new Error(`${found.length} of its processes did not end, killed or not: ${found.slice(0, 10).map(({ pid }) => pid).join(', ')}`); // prettier-ignore
      for (const { pid } of found) {
        // Asked once each; killed again and again, since one may have started another meanwhile.
        if (pastMs >= graceMs) signal(pid, 'SIGKILL');
        else if (!seen.has(pid)) signal(pid, 'SIGTERM');
        seen.add(pid);
      }
      await sleep(pastMs >= graceMs ? 10 : Math.min(pause, Math.max(1, graceMs - pastMs)));
    }
  }
}

/** Which processes are a world's. @param isKnownOurs the group of its leader is known to be its own */
export function membersOf(
  all: readonly FoundProcess[],
  world: string,
  leader: ProcessIdentity | undefined,
  isKnownOurs = false,
): FoundProcess[] {
  const marked = all.filter((each) => each.world === world);
  if (!leader || leader.boot !== BOOT) return marked;
  const group = all.filter((each) => each.group === leader.pid);
  // The group is the world's while its leader is the one that was started, or one of it names the world: a number may be another group's by now.
  const isOurs = isKnownOurs || group.some((each) => each.world === world || (each.pid === leader.pid && each.born === leader.born));
  return isOurs ? [...marked, ...group.filter((each) => each.world !== world)] : marked;
}

/** Sends a signal to a process, or to a group by its negative number; one that has ended is none. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function withinMs(what: Promise<void>, ms: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([what, sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}

async function lookNow(): Promise<FoundProcess[]> {
  const found: FoundProcess[] = [];
  let pids: number[];
  try {
    pids = readdirSync('/proc').map(Number).filter((pid) => pid > 0 && pid !== process.pid); // prettier-ignore
  } catch {
    return []; // another system: children are ended by their groups alone
  }
  for (let at = 0; at < pids.length; at += AT_A_TIME) {
    if (at > 0) await breathe();
    for (const pid of pids.slice(at, at + AT_A_TIME)) {
      const each = describe(pid);
      if (each) found.push(each);
    }
  }
  return found;
}

function describe(pid: number): FoundProcess | undefined {
  try {
    const fields = fieldsOfStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    const [group, born] = [fields[2], fields[19]];
    if (hasEnded(fields)) return undefined;
    const world = worldIn(pid);
    return { pid, group: Number(group), born: born!, ...(world === undefined ? {} : { world }) };
  } catch {
    return undefined; // it ended meanwhile
  }
}

function worldIn(pid: number): string | undefined {
  let environment: Buffer;
  try {
    environment = readFileSync(`/proc/${pid}/environ`);
  } catch {
    return undefined; // another user's
  }
  for (let at = environment.indexOf(MARK); at >= 0; at = environment.indexOf(MARK, at + 1))
    if (at === 0 || environment[at - 1] === 0) {
      const end = environment.indexOf(0, at);
      return environment.toString('latin1', at + MARK.length, end < 0 ? undefined : end);
    }
  return undefined;
}
