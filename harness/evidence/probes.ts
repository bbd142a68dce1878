/** A configuration's kept answers to a frozen bank, valued again without asking anybody. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Action, AnyTask, Json } from '../../envs/environment.js';
import type { Stakes } from '../../scoring/figures/quality.js';
import { ProbeError, probeParts, Probes, type Probe } from '../../scoring/oracle/probes.js';
import type { RatioPart } from '../../scoring/statistics/ratios.js';
import { hashOf } from '../configuration/hash.js';
import { loadBank } from '../oracle/bank.js';

const head = z.object({ answers: z.literal('probes.v1'), key: z.string() });
const line = z.object({ id: z.string(), answer: z.string().nullable() });

const banks = new Map<string, Probes>();

/** A task's first so many states, rebuilt once. */
function bankOf(task: AnyTask, count: number): Probes {
  const key = `${task.name} ${count}`;
  const bank = banks.get(key) ?? new Probes(task, loadBank(task.name), count);
  banks.set(key, bank);
  return bank;
}

/**
 * Sums of quality by source match: of `all` states, then of each kind of situation. Undefined where the folder holds no answers of that identity
 * to this task's bank as it is now.
 */
export function keptQuality(folder: string, task: AnyTask, identity: string): Map<string, RatioPart[]> | undefined {
  const path = answersPath(folder, task, identity);
  if (path === undefined || task.lacks?.oracle !== undefined) return undefined;
  try {
    const [first = '', ...rest] = readFileSync(path, 'utf8').trimEnd().split('\n');
    const answers = new Map(rest.map((text) => line.parse(JSON.parse(text))).map(({ id, answer }) => [id, answer]));
    const bank = bankOf(task, answers.size);
    const states = bank.probes.map(({ entry }) => [entry.id, entry.digest]);
    if (head.parse(JSON.parse(first)).key !== hashOf([states, identity], 16)) return undefined;
    const stakes = bank.probes.map((probe, i) => bank.stakes(i, actionOf(task, answers.get(probe.entry.id) ?? null)));
    return byKind(task, bank.probes, stakes);
  } catch (error) {
    if (error instanceof ProbeError || error instanceof z.ZodError || error instanceof SyntaxError) return undefined; // another bank, or damaged
    throw error;
  }
}

/** The file of a sweep's entrant: its name ends in the first digits of the identity. */
function answersPath(folder: string, task: AnyTask, identity: string): string | undefined {
  const probes = join(folder, 'probes');
  if (!existsSync(probes)) return undefined;
  const name = readdirSync(probes).find((each) => each.startsWith(`${task.name}-`) && each.endsWith(`-${identity.slice(0, 10)}.jsonl`));
  return name === undefined ? undefined : join(probes, name);
}

function actionOf(task: AnyTask, answer: string | null): Action<Json> | undefined {
  if (answer === null) return undefined;
  const parsed = task.parse(answer, true);
  return parsed.kind === 'action' ? (parsed.action as Action<Json>) : undefined;
}

function byKind(task: AnyTask, probes: readonly Probe[], stakes: readonly Stakes[]): Map<string, RatioPart[]> {
  const kinds = new Map<string, number[]>();
  probes.forEach(({ state }, i) => {
    const kind = task.situation?.(state);
    if (kind !== undefined) kinds.set(kind, [...(kinds.get(kind) ?? []), i]);
  });
  const parts = (places: readonly number[]): RatioPart[] => probeParts(places.map((i) => probes[i]!), places.map((i) => stakes[i]!)); // prettier-ignore
  return new Map([
    ['all', parts([...probes.keys()])],
    ...[...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, places]) => [kind, parts(places)] as [string, RatioPart[]]),
  ]);
}
