/** Plays a sweep over a queue while its workers, the sweep and the database are killed one after another, and says what was lost. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Field } from './field.js';

export type Victim = 'worker' | 'sweep' | 'database';

/** A plan of bots alone: tiny matches of one task. */
export const botPlan = (seeds: number): string => `plan: small
tasks:
  fighter:
    speed: 20
    seeds: { first: 10, count: ${seeds} }
    confirmSeeds: { first: 9000, count: 0 }
    timeoutMs: 2000
    options: { rounds: 1, roundSeconds: 3 }
    opponent: { bot: hold, delayMs: 100 }
    bots: [{ bot: expert, delaysMs: [100] }]
    patient: { matches: 0 }
    probes: 0
    oracleDecisions: 0
`;

export interface Killing {
  /** Where everything is started; results are in results/small. */
  folder: string;
  queue: string;
  /** Kills the database and sees to it that there is one again. */
  killDatabase: () => Promise<void>;
  victims: readonly Victim[];
  workers: number;
  cells: number;
  /** From 0 to 1: how long after a match a kill comes. */
  chance: () => number;
}

export interface Killed {
  code: number | null;
  said: string;
  kills: number;
  /** Matches that were begun: as many as there are cells, and those that were lost. */
  begun: number;
  /** Traces that were in the folder at a kill and were played again nevertheless. */
  again: string[];
}

/** After a match is in the folder the next kill comes within so long, in milliseconds. */
const SPREAD_MS = 700;

/** Kills one victim after another, each some time after another match is in the folder, and waits for the sweep's end. */
export async function playUnderFire({ folder, queue, killDatabase, victims, workers, cells, chance }: Killing): Promise<Killed> {
  mkdirSync(folder, { recursive: true });
  const plan = join(folder, 'small.yaml');
  writeFileSync(plan, botPlan(cells));
  const place = join(folder, 'results/small/traces');
  const traces = (): Map<string, number> =>
    new Map((existsSync(place) ? readdirSync(place) : []).filter((name) => name.endsWith('.jsonl.gz')).map((name) => [name, statSync(join(place, name)).mtimeMs])); // prettier-ignore
  const field = new Field(queue, folder, plan, 'bare');
  const kept = new Map<string, number>();
  let kills = 0;
  try {
    field.startSweep();
    // Several of one host work side by side as its devices.
    for (let i = 0; i < workers; i++) field.startWorker(`machine-${i}`, ...(workers > 1 ? ['--device', 'any'] : []));
    for (const victim of victims) {
      const before = traces().size;
      while (traces().size === before && field.sweep!.child.exitCode === null) await sleep(20);
      await sleep(Math.round(chance() * SPREAD_MS));
      if (field.sweep!.child.exitCode !== null) break;
      for (const [name, time] of traces()) kept.set(name, time);
      if (victim === 'sweep') await field.killSweep();
      else if (victim === 'database') await killDatabase();
      else await field.killWorker(Math.floor(chance() * workers));
      kills++;
    }
    const sweep = field.sweep!;
    const code = await sweep.ended;
    const end = traces();
    const again = [...kept].flatMap(([name, time]) => (end.get(name) === time ? [] : [name]));
    return { code, said: sweep.said, kills, begun: field.begun(), again };
  } finally {
    await field.stop();
  }
}
