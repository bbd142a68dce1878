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
  measured?: string;
  served?: string[];
  tokens?: { promptTokens: number; answerTokens: number };
  by: (typeof BY)[number];
  formats: string;
  points?: number;
  out?: string;
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
export function ruleOf({ rule: asked, gamma, bits, latency }: AssignFlags): Rule {
  const rule = asked ?? (gamma === undefined ? 'knapsack' : 'gamma');
  const limits = Object.entries({ gamma, bits, latency }).filter(([, value]) => value !== undefined);
  const wanted = rule === 'gamma' ? ['gamma'] : ['bits', 'latency'];
  if (limits.length !== 1 || !wanted.includes(limits[0]![0])) {
    const found = limits.length === 0 ? 'no limit' : limits.map(([name, value]) => `--${name} ${value}`).join(' and ');
    const accepted = rule === 'gamma' ? '--gamma, from 0 to 1' : 'one of --bits and --latency';
    throw new UsageError(`--rule ${rule} with ${found}: accepted: ${accepted}`);
  }
  if (rule !== 'gamma') return bits === undefined ? { rule, budget: 'latency', most: latency! } : { rule, budget: 'bits', most: bits };
  return { rule, gamma: gamma! };
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
