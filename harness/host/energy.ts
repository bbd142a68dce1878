/**
 * The energy that this host's processors took, from the counters that Linux keeps (powercap, `/sys/class/powercap`: RAPL of Intel's and AMD's
 * processors; Documentation/power/powercap). Each package counts microjoules in `energy_uj` and begins again at 0 behind `max_energy_range_uj`.
 * It is all that ran on the host meanwhile, idling too: no counter tells processes apart. Since Linux 5.10 only root may read them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicUs } from './clock.js';

/** Where the kernel's counters lie; a container may have them elsewhere, and then says so. */
const FOLDER = '/sys/class/powercap';
/** A package may use 262 kJ before its counter begins again: at 1 kW that takes more than four minutes. */
const LOOK_EVERY_MS = 30_000;

/** No package takes so much, in watts: a counter that would have to was set back, as by a host that slept, and did not begin again at its end. */
const MOST_WATTS = 2_000;

/** Counters move every millisecond or so. Where none does for so long, in microseconds, they are shown and not kept, as some virtual machines do. */
const STILL_US = 10_000;

/** A counter that is added up. */
export interface EnergyCounter {
  /** `package-0`, `package-0 dram`. */
  name: string;
  path: string;
  /** Greatest reading, in microjoules. */
  rangeUj: number;
}

/** What of this host's energy can be read: counters, or why there are none. */
export type EnergyCounters = { counters: readonly EnergyCounter[]; missing?: undefined } | { counters?: undefined; missing: string };

/**
 * The counters that together hold each joule once: packages and their memory. Cores and graphics are within their package; `psys`, where there is
 * one, holds packages, and is left out because not every host has it.
 * @param folder of the kernel's; by default `TICKBENCH_POWERCAP` or `/sys/class/powercap`
 */
export function energyCounters(folder = process.env['TICKBENCH_POWERCAP'] ?? FOLDER): EnergyCounters {
  let zones: string[];
  try {
    zones = readdirSync(folder).sort();
  } catch {
    return { missing: 'this host does not show it' };
  }
  const counters: EnergyCounter[] = [];
  const unread: string[] = [];
  const names = new Map<string, string>();
  for (const zone of zones) {
    // `intel-rapl:0` is a package, `intel-rapl:0:1` a part of it; `intel-rapl-mmio:0` is the same package, told a second time.
    const [, parent] = /^(intel-rapl:\d+)(?::\d+)?$/.exec(zone) ?? [];
    if (parent === undefined) continue;
    const name = textOf(join(folder, zone, 'name'));
    if (name === undefined) continue;
    names.set(zone, name);
    const isCounted = zone === parent ? name.startsWith('package') : name === 'dram' && names.get(parent)?.startsWith('package');
    if (!isCounted) continue;
    const path = join(folder, zone, 'energy_uj');
    const rangeUj = numberOf(join(folder, zone, 'max_energy_range_uj'));
    if (numberOf(path) === undefined || rangeUj === undefined || rangeUj === 0) unread.push(zone);
    else counters.push({ name: zone === parent ? name : `${names.get(parent)!} ${name}`, path, rangeUj });
  }
  // Of two packages one alone would pass for the whole.
  if (unread.length > 0) return { missing: `this host does not let this user read it (${unread.join(', ')})` };
  return counters.length > 0 ? { counters } : { missing: 'this host does not show it' };
}

/**
 * What was taken in a stretch of time, in microjoules by counter, and how long that was. No counters: one of them went away, was set back or stood still, so
 * the whole is not known.
 */
export interface EnergyTaken {
  realUs: number;
  uj: Record<string, number>;
}

/** Adds up counters from when it is made until it is closed. It looks now and then, so that no counter begins again twice unseen. */
export class EnergyMeter {
  private readonly taken = new Map<string, number>();
  private readonly last: (number | undefined)[];
  private lookedUs: number;
  private readonly timer: NodeJS.Timeout;
  /** A counter could not be read any more: what was counted is not the whole. */
  private isBroken = false;

  constructor(
    private readonly counters: readonly EnergyCounter[],
    private fromUs = monotonicUs(),
  ) {
    this.lookedUs = fromUs;
    this.last = counters.map(({ path }) => numberOf(path));
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** Reads the counters. @param nowUs of the monotonic clock, as everywhere here */
  look(nowUs = monotonicUs()): void {
    const mostUj = MOST_WATTS * Math.max(1, nowUs - this.lookedUs);
    this.lookedUs = nowUs;
    for (const [i, { name, path, rangeUj }] of this.counters.entries()) {
      const [before, now] = [this.last[i], numberOf(path)];
      if (before === undefined || now === undefined || (now < before && now + rangeUj - before > mostUj)) this.isBroken = true;
      else this.taken.set(name, (this.taken.get(name) ?? 0) + (now >= before ? now - before : now + rangeUj - before));
      this.last[i] = now;
    }
  }

  /** What was taken since it was made, or since this was asked the last time. */
  take(nowUs = monotonicUs()): EnergyTaken {
    this.look(nowUs);
    const realUs = Math.round(nowUs - this.fromUs);
    if (realUs >= STILL_US && [...this.taken.values()].every((uj) => uj === 0)) this.isBroken = true;
    const taken = { realUs, uj: this.isBroken ? {} : Object.fromEntries(this.taken) };
    this.fromUs = nowUs;
    this.taken.clear();
    return taken;
  }

  close(): void {
    clearInterval(this.timer);
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Whole microjoules; counters end far below 2^53. */
function numberOf(path: string): number | undefined {
  const text = textOf(path);
  return text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}
