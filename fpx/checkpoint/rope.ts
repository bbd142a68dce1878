/**
 * Rotary position embedding as config.json describes it: the angle that each pair of a head's elements turns by from one position to the
 * next, under the scalings `default`, `linear`, `llama3` and `yarn`. Whatever else is asked for is refused by name.
 *
 * Settings are found under `rope_parameters` (theta among them) or under `rope_theta` and `rope_scaling`; the type under `rope_type`
 * or `type`.
 * Sources: `modeling_rope_utils.py` of transformers, whose results these are; YaRN: Peng et al. 2023, arXiv 2309.00071.
 */

import { z } from 'zod';

export type RopeType = 'default' | 'linear' | 'llama3' | 'yarn';

/** How positions turn the heads of queries and keys. */
export interface Rope {
  type: RopeType;
  theta: number;
  /** Radians a position for each of the headWidth / 2 pairs. */
  frequencies: readonly number[];
  /** Cosines and sines are multiplied by this, so scores by its square (YaRN; else 1). */
  attentionFactor: number;
  /** Positions that the scaling stretches the model to; undefined where config.json's own maximum says it. */
  stretchedPositions?: number;
}

/** Refuses with a sentence about config.json. */
export type Refuse = (what: string) => never;

const positive = z.number().positive();

const settingsSchema = z.looseObject({
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  rope_theta: positive.nullish(),
  partial_rotary_factor: z.number().nullish(),
  factor: positive.nullish(),
  original_max_position_embeddings: positive.nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  attention_factor: positive.nullish(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  truncate: z.boolean().nullish(),
});
type Settings = z.infer<typeof settingsSchema>;

/** The parts of config.json that speak of positions. */
export const ropeFields = {
  rope_theta: positive.nullish(),
  rope_scaling: settingsSchema.nullish(),
  rope_parameters: settingsSchema.nullish(),
  original_max_position_embeddings: positive.nullish(),
};
export type RopeFields = z.infer<z.ZodObject<typeof ropeFields>> & { max_position_embeddings: number };

/** Settings of every type, and those of each. */
const COMMON = ['rope_type', 'type', 'rope_theta', 'partial_rotary_factor', 'finetuned'];
const OWN: Record<RopeType, string[]> = {
  default: [],
  linear: ['factor'],
  llama3: ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'],
  yarn: [
    ...['factor', 'original_max_position_embeddings', 'attention_factor', 'beta_fast', 'beta_slow'],
    ...['mscale', 'mscale_all_dim', 'truncate'],
  ],
};

const isType = (type: string): type is RopeType => Object.hasOwn(OWN, type);

/** The rotary embedding of heads of `headWidth` elements. */
export function ropeOf(config: RopeFields, headWidth: number, refuse: Refuse): Rope {
  const settings = settingsOf(config, refuse);
  const named = agreed('rope_type and type', settings.rope_type, settings.type, refuse);
  const given = Object.keys(settings).filter((key) => settings[key] !== null && settings[key] !== undefined);
  const type = named ?? (given.some((key) => !COMMON.includes(key)) ? undefined : 'default');
  if (type === undefined) return refuse(`rope settings (${given.join(', ')}) without a rope_type; ${accepted()}`);
  if (!isType(type)) return refuse(`rope_type "${type}"; ${accepted()}`);
  const foreign = given.filter((key) => !COMMON.includes(key) && !OWN[type].includes(key));
  if (foreign.length > 0) {
    const known = [...OWN[type], 'rope_theta'].join(', ');
    return refuse(`${foreign.join(', ')} beside rope_type "${type}", which knows ${known}`);
  }
  if ((settings.partial_rotary_factor ?? 1) !== 1) {
    return refuse(`partial_rotary_factor ${settings.partial_rotary_factor}; accepted is 1: every element of a head turns`);
  }
  const theta = agreed('rope_theta, nested and flat,', settings.rope_theta, config.rope_theta, refuse) ?? 10000;
  if (theta <= 1) return refuse(`rope_theta ${theta}; accepted are numbers above 1, so that later pairs turn more slowly`);
  const plain = Array.from({ length: headWidth / 2 }, (_, i) => theta ** ((-2 * i) / headWidth));
  switch (type) {
    case 'default':
      return { type, theta, frequencies: plain, attentionFactor: 1 };
    case 'linear': {
      const factor = required(settings, 'factor', type, refuse);
      return { type, theta, frequencies: plain.map((frequency) => frequency / factor), attentionFactor: 1 };
    }
    case 'llama3':
      return { type, theta, frequencies: llama3(plain, settings, refuse), attentionFactor: 1 };
    case 'yarn':
      return { type, theta, ...yarn(plain, theta, settings, config, refuse) };
  }
}

function accepted(): string {
  return `accepted are ${Object.keys(OWN).join(', ')}`;
}

/** The one object of settings: of two that are there, both must say the same. */
function settingsOf(config: RopeFields, refuse: Refuse): Settings {
  const [nested, flat] = [config.rope_parameters ?? undefined, config.rope_scaling ?? undefined];
  if (nested && flat) {
    const sorted = (settings: Settings) => JSON.stringify(Object.entries({ ...settings, rope_theta: undefined }).sort());
    if (sorted(nested) !== sorted(flat)) refuse('rope_parameters and rope_scaling say different things; accepted is one of them');
  }
  const settings = nested ?? flat ?? {};
  const layered = Object.keys(settings).find((key) => /_attention$/.test(key));
  if (layered !== undefined) refuse(`rope settings of their own for "${layered}" layers; accepted is one set for all layers`);
  const original = 'original_max_position_embeddings';
  const length = agreed(`${original}, nested and flat,`, settings[original], config[original], refuse);
  const type = settings.rope_type ?? settings.type;
  return length !== undefined && (type === 'llama3' || type === 'yarn') ? { ...settings, [original]: length } : settings;
}

/** One of two spellings of a setting. */
function agreed<T>(what: string, one: T | null | undefined, other: T | null | undefined, refuse: Refuse): T | undefined {
  const [a, b] = [one ?? undefined, other ?? undefined];
  if (a !== undefined && b !== undefined && a !== b) refuse(`${what} say different things: ${String(a)} and ${String(b)}`);
  return a ?? b;
}

function required(settings: Settings, key: 'factor' | 'low_freq_factor' | 'high_freq_factor', type: RopeType, refuse: Refuse): number {
  return settings[key] ?? refuse(`rope_type "${type}" without ${key}`);
}

/** Long waves are stretched by `factor`, short ones kept, those between blended. */
function llama3(plain: readonly number[], settings: Settings, refuse: Refuse): number[] {
  const factor = required(settings, 'factor', 'llama3', refuse);
  const low = required(settings, 'low_freq_factor', 'llama3', refuse);
  const high = required(settings, 'high_freq_factor', 'llama3', refuse);
  const original = settings.original_max_position_embeddings ?? refuse('rope_type "llama3" without original_max_position_embeddings');
  if (high <= low) refuse(`high_freq_factor ${high} must be above low_freq_factor ${low}`);
  return plain.map((frequency) => {
    const turns = (original * frequency) / (2 * Math.PI);
    if (turns < low) return frequency / factor;
    if (turns > high) return frequency;
    const share = (turns - low) / (high - low);
    return (1 - share) * (frequency / factor) + share * frequency;
  });
}

/** YaRN's blend of stretched and kept frequencies over the elements of a head, and its factor on attention. */
function yarn(
  plain: readonly number[],
  theta: number,
  settings: Settings,
  config: RopeFields,
  refuse: Refuse,
): Pick<Rope, 'frequencies' | 'attentionFactor' | 'stretchedPositions'> {
  const factor = required(settings, 'factor', 'yarn', refuse);
  const original = settings.original_max_position_embeddings ?? config.max_position_embeddings;
  const [fast, slow] = [settings.beta_fast ?? 32, settings.beta_slow ?? 1];
  if (fast < slow) refuse(`beta_fast ${fast} must not be below beta_slow ${slow}`);
  const width = plain.length * 2;
  /** Index of the pair that turns `turns` times over the original length. */
  const indexOf = (turns: number) => (width * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const whole = settings.truncate ?? true;
  const begin = Math.max(whole ? Math.floor(indexOf(fast)) : indexOf(fast), 0);
  const highest = Math.min(whole ? Math.ceil(indexOf(slow)) : indexOf(slow), width - 1);
  const end = highest === begin ? highest + 0.001 : highest;
  const frequencies = plain.map((frequency, i) => {
    const stretched = Math.min(1, Math.max(0, (i - begin) / (end - begin)));
    return (frequency / factor) * stretched + frequency * (1 - stretched);
  });
  return { frequencies, attentionFactor: attentionFactorOf(settings, factor, refuse), stretchedPositions: Math.floor(original * factor) };
}

/** As given, or the ratio of both mscales, or YaRN's own 0.1 ln(factor) + 1. */
function attentionFactorOf(settings: Settings, factor: number, refuse: Refuse): number {
  if (settings.attention_factor) return settings.attention_factor;
  const scaled = (mscale: number) => (factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1);
  const [mscale, all] = [settings.mscale, settings.mscale_all_dim];
  if (Boolean(mscale) !== Boolean(all)) {
    refuse('mscale and mscale_all_dim: accepted are both or neither (servers disagree on what one alone means)');
  }
  return mscale && all ? scaled(mscale) / scaled(all) : scaled(1);
}
