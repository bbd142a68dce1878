/** The realism gate: which of the stylized facts a market has. */
import type { Estimate } from '../../statistics/estimate.js';
import { FACTS, NEEDED, within, type Fact, type Part } from './bands.js';
import { jackknife } from './jackknife.js';
import { MEASURES, prepare } from './measures.js';
import type { MarketRecord } from './record.js';

export interface PartCheck extends Part {
  /** Value and 95 % interval over the seeds; null where it could not be measured. */
  estimate: Estimate;
  /** What it was measured on: so many of these. */
  samples: number;
  of: string;
  in: boolean;
}

export interface FactCheck extends Omit<Fact, 'parts'> {
  /** Whether the fact is about this preset. */
  applies: boolean;
  /** Every part was measured. */
  measured: boolean;
  /** Every part is in band, by its value. */
  in: boolean;
  parts: PartCheck[];
}

export interface Check {
  preset: string;
  seeds: number[];
  secondsPerSeed: number;
  messages: number;
  facts: FactCheck[];
  inBand: number;
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
        in: estimate.value !== null && within(part, estimate.value),
      };
    });
    const { parts: _, ...about } = fact;
    return {
      ...about,
      applies: fact.only === undefined || fact.only.includes(preset),
      measured: parts.every((part) => part.estimate.value !== null),
      in: parts.every((part) => part.in),
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
    applicable: applicable.length,
    needed: NEEDED,
    ok: inBand >= NEEDED && applicable.every((fact) => fact.measured),
  };
}
