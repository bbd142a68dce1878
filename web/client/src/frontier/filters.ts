/** Which configurations of a frontier are shown: by model, size, precision, share of FP4, bits, kind, pace and host, as the address holds it. */
import { el, setHidden } from '../element.js';
import { FILTERS, type FilterName } from './address.js';
import type { SummaryRow } from './summary.js';

/** Which values are wanted; an empty one is every value. */
export type Chosen = Record<FilterName, string>;

const ALL: Record<FilterName, string> = {
  model: 'every model',
  size: 'every size',
  precision: 'every precision',
  gamma: 'every share of FP4 (gamma)',
  bits: 'every number of bits',
  kind: 'models and bots',
  pace: 'every clock and speed',
  host: 'every host',
};

const KINDS: Partial<Record<string, string>> = {
  embedded: 'embedded engine',
  openai: 'OpenAI-compatible server',
  command: 'server started here',
  bot: 'scripted bot',
};

/** What plays a row, in words. */
export const kindText = (kind: string): string => KINDS[kind] ?? kind;

/** What a row has under each name; undefined where the sweep does not know. */
export function valueOf({ kind, model, host, group, engine, clock, speed }: SummaryRow, name: FilterName): string | undefined {
  if (name === 'kind') return kindText(kind);
  if (name === 'pace') return clock === undefined || speed === undefined ? undefined : `${clock} clock, ${speed} \u00d7 life`;
  if (kind === 'bot') return undefined;
  if (name === 'model') return model;
  // Where the sweep tells none, all were measured on its own.
  if (name === 'host') return host;
  if (name === 'size') return group === 'external' ? undefined : group;
  if (name === 'precision') return engine?.activations;
  if (name === 'bits') return engine?.bitsPerWeight === undefined ? undefined : `${engine.bitsPerWeight.toFixed(1)} bits a weight`;
  const gamma = engine?.gammaByParameters;
  return typeof gamma === 'number' ? `gamma ${gamma.toFixed(2)}` : undefined;
}

/** The rows that are wanted. */
export const chosenOf = (rows: readonly SummaryRow[], chosen: Chosen): SummaryRow[] =>
  rows.filter((row) => FILTERS.every((name) => chosen[name] === '' || valueOf(row, name) === chosen[name]));

/** Lists to choose from. Those that would offer nothing to choose between are hidden. */
export class Filters {
  readonly element = el('div', { class: 'match-choice', role: 'group', 'aria-label': 'Which configurations' });
  private readonly selects = Object.fromEntries(FILTERS.map((name) => [name, el('select', { 'aria-label': ALL[name] })])) as Record<FilterName, HTMLSelectElement>; // prettier-ignore

  /** @param changed called with what is wanted now */
  constructor(changed: (part: Partial<Chosen>) => void) {
    for (const name of FILTERS) {
      const select = this.selects[name];
      select.addEventListener('change', () => changed({ [name]: select.value }));
      this.element.append(select);
    }
  }

  /** Offers what rows have, and what is wanted though no row has it. */
  draw(rows: readonly SummaryRow[], chosen: Chosen): void {
    let offering = false;
    for (const name of FILTERS) {
      const select = this.selects[name];
      const values = new Set(rows.flatMap((row) => valueOf(row, name) ?? []));
      if (chosen[name] !== '') values.add(chosen[name]);
      const sorted = [...values].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
      const isOffered = sorted.length > 1 || chosen[name] !== '';
      offering ||= isOffered;
      setHidden(select, !isOffered);
      // Rebuilt under the reader's hand only when it offers something else.
      if (select.dataset.offers !== sorted.join('\n')) {
        select.dataset.offers = sorted.join('\n');
        select.replaceChildren(el('option', { value: '' }, ALL[name]), ...sorted.map((value) => el('option', { value }, value)));
      }
      select.value = chosen[name];
    }
    setHidden(this.element, !offering);
  }
}
