/** What `tickbench fpx assign` was asked for, read from its flags. */
import { InvalidArgumentError } from 'commander';
import type { RULES, Rule } from '../../../fpx/assignment/assign.js';
import type { Measure } from '../../../fpx/assignment/options.js';
import type { Calibration } from '../../../fpx/sensitivity/calibration.js';
import { weighed } from '../../../fpx/sensitivity/weighing.js';
import { FORMATS, type Format } from '../../../fpx/formats/precision.js';
import { UsageError } from '../values.js';

/** What may be least: `nats` weighs each unit's against what is expected of it, `nats-alone` takes them as they were measured. */
export const BY = ['nats', 'nats-alone', 'error', 'quality'] as const;

export interface AssignFlags {
  rule?: (typeof RULES)[number];
  gamma?: number;
  bits?: number;
  latency?: number;
  reward?: string;
  quality?: string;
  speed?: number;
  measured?: string;
  served?: string[];
  tokens?: { promptTokens: number; answerTokens: number };
  by: (typeof BY)[number];
  formats: string;
  points?: number;
  out?: string;
  mapOut?: string;
  name?: string;
  model?: string;
  json?: boolean;
}

/** A calibration with the costs that are to be least, and which they are. */
export function costsBy(calibration: Calibration, by: AssignFlags['by']): { calibration: Calibration; measure: Measure } {
  if (by === 'nats') return { calibration: weighed(calibration), measure: 'nats' };
  return { calibration, measure: by === 'nats-alone' ? 'nats' : by };
}

/** `371,8`: tokens of the prompt that are computed, and of the answer. */
export function tokenCounts(text: string): { promptTokens: number; answerTokens: number } {
  const found = /^(\d{1,7}),(\d{1,7})$/.exec(text.trim());
  const [promptTokens, answerTokens] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
  if (promptTokens < 1 || answerTokens < 1)
    throw new InvalidArgumentError('tokens of the prompt and of the answer are expected, such as 371,8');
  return { promptTokens, answerTokens };
}

/** A share. */
export function share(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('a share from 0 to 1 is expected');
  return value;
}

/** The rule and its one limit. @throws UsageError when there is none, or more than one */
export function ruleOf({
  rule: asked,
  gamma,
  bits,
  latency,
}: Pick<AssignFlags, 'rule' | 'gamma' | 'bits' | 'latency'>): Exclude<Rule, { rule: 'worth' }> {
  const rule = asked ?? (gamma === undefined ? 'knapsack' : 'gamma');
  const limits = Object.entries({ gamma, bits, latency }).filter(([, value]) => value !== undefined);
  const wanted = rule === 'gamma' ? ['gamma'] : ['bits', 'latency'];
  if (limits.length !== 1 || !wanted.includes(limits[0]![0])) {
    const found = limits.length === 0 ? 'no limit' : limits.map(([name, value]) => `--${name} ${value}`).join(' and ');
    const accepted = rule === 'gamma' ? '--gamma, from 0 to 1' : 'one of --bits and --latency';
    const orReward = asked === undefined && limits.length === 0 ? ', or --reward with a surface' : '';
    throw new UsageError(`--rule ${rule} with ${found}: accepted: ${accepted}${orReward}`);
  }
  if (rule !== 'gamma') return bits === undefined ? { rule, budget: 'latency', most: latency! } : { rule, budget: 'bits', most: bits };
  return { rule, gamma: gamma! };
}

/** Sees to it that `--reward` stands alone, and what belongs to it with it. @throws UsageError */
export function checkRewardFlags({ reward, quality, speed, rule, gamma, bits, latency, by }: AssignFlags): void {
  if (reward === undefined) {
    if (quality === undefined && speed === undefined) return;
    throw new UsageError(`--${quality === undefined ? 'speed' : 'quality'} without --reward: it says how its surface is read`);
  }
  const other = Object.entries({ rule, gamma, bits, latency }).find(([, value]) => value !== undefined);
  if (other) throw new UsageError(`--reward with --${other[0]} ${other[1]}: the surface says how much time and quality are worth; accepted: --reward alone`); // prettier-ignore
  if (by !== 'nats' && by !== 'quality')
    throw new UsageError(`--reward with --by ${by}: a surface is over quality; accepted: --by quality, or nothing`);
  if (quality === undefined) throw new UsageError("--reward without --quality: accepted: the model's own probe quality in BF16, such as 0.78, or the name of a configuration in the surface"); // prettier-ignore
}

/** The formats that units may be held in. @throws UsageError naming one that there is not, or that is there twice */
export function formatsOf(text: string): Format[] {
  const formats = text.split(',').map((part) => part.trim());
  for (const [i, each] of formats.entries()) {
    if (!(FORMATS as readonly string[]).includes(each) || formats.indexOf(each) < i)
      throw new UsageError(`--formats "${text}": "${each}" is no format, or is there twice; accepted: some of ${FORMATS.join(',')}`);
  }
  return formats as Format[];
}
