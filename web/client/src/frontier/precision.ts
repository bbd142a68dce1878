/** A precision map: what the configuration asked for, line by line, and what the engine says that it comes to. */
import { el } from '../element.js';
import { count } from '../format.js';
import type { Recorded } from './recorded.js';

type Engine = Record<string, unknown>;

/** What the engine says of its weights as a whole. Labels of formats are the engine's own. */
const TOTALS: readonly { key: string; name: string; text(value: number): string }[] = [
  { key: 'bitsPerWeight', name: 'bits a weight of the linear layers, scales included', text: (value) => value.toFixed(2) },
  { key: 'gammaByCount', name: 'share of the linear layers in FP4 (gamma), by count', text: (value) => value.toFixed(2) },
  { key: 'gammaByParameters', name: 'the same, by parameters', text: (value) => value.toFixed(2) },
  { key: 'weightBytes', name: 'bytes of all weights', text: count },
  { key: 'parameters', name: 'parameters', text: count },
];

/** What a precision map comes to: pairs of a name and a text; none where the engine told nothing. */
export function totalsOf(engine: Engine | undefined): [string, string][] {
  const told = (key: string, name: string): [string, string][] => (typeof engine?.[key] === 'string' ? [[name, engine[key]]] : []);
  const numbers = TOTALS.flatMap(({ key, name, text }): [string, string][] =>
    typeof engine?.[key] === 'number' ? [[name, text(engine[key])]] : [],
  );
  return [...told('label', 'weights'), ...told('activations', 'weights and activations'), ...numbers];
}

/** What was asked for, as a table; none of a configuration without a map. */
export function precisionTables({ endpoint }: Recorded['configuration']): HTMLElement[] {
  const { precision } = endpoint ?? {};
  if (precision === undefined) return [];
  const { default: rest, units } = typeof precision === 'string' ? { default: precision, units: {} } : precision;
  const rules = Object.entries(units);
  const caption = 'What was asked for: the most specific line that names a unit holds';
  return [table(caption, ['units', 'format'], [...rules, [rules.length > 0 ? 'all others' : 'all units', rest]])];
}

function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const head = el('tr', {}, ...heads.map((each) => el('th', { scope: 'col' }, each)));
  const body = rows.map(([first = '', ...others]) => el('tr', {}, el('th', { scope: 'row' }, first), ...others.map((each) => el('td', {}, each)))); // prettier-ignore
  const element = el('table', {}, el('caption', {}, caption), el('thead', {}, head), el('tbody', {}, ...body));
  return el('div', { class: 'sweep-table frontier-table', tabindex: '0', role: 'region', 'aria-label': caption }, element);
}
