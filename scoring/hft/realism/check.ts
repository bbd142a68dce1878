/** The realism gate: which of the stylized facts a market has. */
import type { Estimate } from '../../statistics/estimate.js';
import { FACTS, NEEDED, standing, widths, type Fact, type Part, type Standing } from './bands.js';
import { jackknife } from './jackknife.js';
import { MEASURES, prepare } from './measures.js';
import type { MarketRecord } from './record.js';

export interface PartCheck extends Part {
  /** Value and 95 % interval over the seeds; null where it could not be measured. */
  estimate: Estimate;
  /** What it was measured on: so many of these. */
  samples: number;
  of: string;
  standing: Standing;
  /** How wide the interval is, in widths of the band; null without one, or where the band has no end. */
  widths: number | null;
}

export interface FactCheck extends Omit<Fact, 'parts'> {
  /** Whether the fact is about this preset, and judged. */
  applies: boolean;
  /** Every part was measured that could be. */
  measured: boolean;
  /** No part is out of its band, and at least one could be told to lie in it or to reach in. */
  in: boolean;
  /** Nothing could be told of some part: its interval is wider than its band, or there is none. */
  untold: boolean;
  /** Every part is in its band with its whole interval. */
  whole: boolean;
  parts: PartCheck[];
}

export interface Check {
  preset: string;
  seeds: number[];
  secondsPerSeed: number;
  messages: number;
  facts: FactCheck[];
  inBand: number;
  /** Those of them whose intervals lie inside whole. */
  whole: number;
  /** Those that apply of which, for some part or all, nothing could be told. */
  untold: number;
  applicable: number;
  needed: number;
  /** At least `needed` in band, and nothing that applies failed to be measured. */
  ok: boolean;
}

/** Judges a preset by the records of its seeds. */
export function check(preset: string, records: readonly MarketRecord[]): Check {
  const prepared = records.map(prepare);
  const facts = FACTS.map((fact): FactCheck => {
    const parts = fact.parts.map((part, i): PartCheck => {
      const measure = MEASURES[fact.id]![i]!;
      const estimate = jackknife(prepared, (some) => measure.value(some));
      return {
        ...part,
        estimate,
        samples: measure.samples(prepared),
        of: measure.of,
        standing: standing(part, estimate),
        widths: widths(part, estimate),
      };
    });
    const { parts: _, ...about } = fact;
    return {
      ...about,
      applies: fact.unjudged === undefined && (fact.only === undefined || fact.only.includes(preset)),
      measured: parts.every((part) => part.estimate.value !== null || (part.ofFirst && parts[0]!.estimate.value !== null)),
      in: parts.every((part) => part.standing !== 'out') && parts.some((part) => part.standing !== 'untold'),
      untold: parts.some((part) => part.standing === 'untold'),
      whole: parts.every((part) => part.standing === 'in'),
      parts,
    };
  });
  const applicable = facts.filter((fact) => fact.applies);
  const inBand = applicable.filter((fact) => fact.in).length;
  return {
    preset,
    seeds: records.map((record) => record.seed),
    secondsPerSeed: records[0]?.seconds ?? 0,
    messages: records.reduce((sum, record) => sum + record.messages, 0),
    facts,
    inBand,
    whole: applicable.filter((fact) => fact.whole).length,
    untold: applicable.filter((fact) => fact.untold).length,
    applicable: applicable.length,
    needed: NEEDED,
    ok: inBand >= NEEDED && applicable.every((fact) => fact.measured),
  };
}
