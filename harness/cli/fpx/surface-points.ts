/** The points of a reward surface: rows of a sweep, or rungs of a ladder. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AnyTask } from '../../../envs/environment.js';
import { rungName } from '../../../scoring/ratings/ladder.js';
import { explain } from '../../configuration/configuration.js';
import { fileFault } from '../../host/fault.js';
import { UsageError } from '../values.js';
import type { SurfacePlayer } from './surface-file.js';

/** What was found, and at which speed its models played. */
export interface SurfacePoints {
  source: string;
  speed: number;
  players: SurfacePlayer[];
  /** Who had to be left out, and why. */
  leftOut: string[];
}

const ACCEPTED = 'accepted: the results folder of a sweep, or what `tickbench ladder TASK --probes N --json` printed';

/** The points of a task. @throws UsageError for what is neither a sweep's folder nor a ladder, and for other rules */
export function surfacePoints(path: string, task: AnyTask): SurfacePoints {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw new UsageError(`${path}: ${fileFault(error)}; ${ACCEPTED}`);
  }
  return isFolder ? pointsOfSweep(path, task) : pointsOfLadder(path, task);
}

const estimate = z.looseObject({ value: z.number().nullable(), n: z.number(), atLeast: z.boolean().optional() });

const summarySchema = z.looseObject({
  tickbench: z.literal('summary.v1'),
  sweep: z.string(),
  tasks: z.record(
    z.string(),
    z.looseObject({
      speed: z.number().positive(),
      rows: z.array(
        z.looseObject({
          name: z.string(),
          kind: z.enum(['bot', 'embedded', 'external']),
          group: z.string(),
          speed: z.number().positive(),
          matches: z.number(),
          engine: z.looseObject({ label: z.string() }).optional(),
          figures: z.looseObject({ latencyMeanMs: estimate, probeQuality: estimate, reward: estimate }),
        }),
      ),
    }),
  ),
});
const cellsSchema = z.looseObject({ cells: z.array(z.looseObject({ task: z.string(), rules: z.string() })) });

function pointsOfSweep(folder: string, task: AnyTask): SurfacePoints {
  const summary = parsedJson(join(folder, 'summary.json'), summarySchema);
  const { cells } = parsedJson(join(folder, 'cells.json'), cellsSchema);
  const own = summary.tasks[task.name];
  if (!own) throw new UsageError(`${folder}: ${task.name} was not played; accepted: ${Object.keys(summary.tasks).join(', ')}`);
  for (const cell of cells) if (cell.task === task.name) requireRules(folder, task, cell.rules);
  const players: SurfacePlayer[] = [];
  const leftOut: string[] = [];
  for (const { name, kind, group, matches, engine, figures } of own.rows) {
    const { latencyMeanMs, probeQuality, reward } = figures;
    const missing = [
      ...(latencyMeanMs.value === null || latencyMeanMs.atLeast ? ['latency'] : []),
      ...(probeQuality.value === null ? ['probe quality'] : []),
      ...(reward.value === null ? ['reward'] : []),
    ];
    if (missing.length > 0) leftOut.push(`${name} (no ${missing.join(', no ')})`);
    else if (!(latencyMeanMs.value! > 0)) leftOut.push(`${name} (a latency of 0 has no logarithm)`);
    else
      players.push({
        ...{ name, family: group === 'external' ? name : group, kind, ...(engine ? { label: engine.label } : {}) },
        ...{ latencyMs: latencyMeanMs.value!, quality: probeQuality.value!, reward: reward.value!, matches },
      });
  }
  return { source: `sweep ${summary.sweep}`, speed: own.speed, players, leftOut };
}

const ladderSchema = z.looseObject({
  task: z.string(),
  rules: z.string(),
  options: z.record(z.string(), z.unknown()).default({}),
  opponent: z.string().optional(),
  matches: z.number(),
  rungs: z.array(z.looseObject({ bot: z.string(), delayUs: z.number(), errorPermille: z.number(), reward: estimate })).min(1),
  qualities: z.array(z.looseObject({ bot: z.string(), errorPermille: z.number(), quality: estimate })),
});

function pointsOfLadder(path: string, task: AnyTask): SurfacePoints {
  const { task: played, rules, options, opponent, matches, rungs, qualities } = parsedJson(path, ladderSchema);
  if (played !== task.name) throw new UsageError(`${path}: is a ladder of ${played}; accepted: one of ${task.name}, or --task ${played}`);
  requireRules(path, task, rules);
  if (qualities.length === 0) throw new UsageError(`${path}: a ladder without qualities; accepted: one that was played with --probes 96`);
  const players: SurfacePlayer[] = [];
  const leftOut: string[] = [];
  for (const { bot, delayUs, errorPermille, reward } of rungs) {
    const quality = qualities.find((each) => each.bot === bot && each.errorPermille === errorPermille)?.quality.value ?? null;
    const name = rungName({ bot, delayUs, errorPermille });
    if (quality === null || reward.value === null) leftOut.push(`${name} (no ${quality === null ? 'probe quality' : 'reward'})`);
    else if (delayUs === 0) leftOut.push(`${name} (a latency of 0 has no logarithm)`);
    else players.push({ name, family: bot, kind: 'bot', latencyMs: delayUs / 1000, quality, reward: reward.value / task.reward.scale, matches }); // prettier-ignore
  }
  const told = Object.keys(options).length === 0 ? '' : ` with ${JSON.stringify(options)}`;
  const against = opponent === undefined ? '' : ` against ${opponent}`;
  return { source: `ladder of ${task.name}${told}${against}`, speed: 1, players, leftOut };
}

function requireRules(path: string, task: AnyTask, rules: string): void {
  if (rules !== task.rules) throw new UsageError(`${path}: was played by the rules ${rules}; accepted: ${task.rules}, today's`);
}

function parsedJson<T>(path: string, schema: z.ZodType<T>): T {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const told = error instanceof SyntaxError ? `not JSON: ${error.message}` : fileFault(error);
    throw new UsageError(`${path}: ${told}; ${ACCEPTED}`);
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new UsageError(`${path}:\n${explain(parsed.error)}\n${ACCEPTED}`);
  return parsed.data;
}
