/** Names of companies and of what they make. None of one split occurs in the other, and none means anything. */
import type { Stream } from '../../random.js';
import { ROLES, type Role, type Split } from './meaning.js';

/** Made-up names, one word each. A match needs five for each of its symbols, at most four. */
export const NAMES: Record<Split, readonly string[]> = {
  // prettier-ignore
  train: [
    'Alvora', 'Arden', 'Balto', 'Benwick', 'Brava', 'Calder', 'Cirro', 'Corvex', 'Dantis', 'Delmar', 'Dunmore', 'Elgin', 'Enso', 'Fallon',
    'Fenix', 'Garda', 'Gentor', 'Halden', 'Hexta', 'Ionis', 'Jarrow', 'Kanto', 'Kestrel', 'Lindal', 'Lumen', 'Marlo', 'Medway', 'Norvane',
    'Oakham', 'Ombra', 'Pelago', 'Quantor', 'Ravel', 'Rondo', 'Solway', 'Tallis', 'Tarn', 'Ulmer', 'Vexor', 'Wexham', 'Yarrow', 'Zelda',
  ],
  // prettier-ignore
  'held-out': [
    'Ambrose', 'Bexar', 'Cobalt', 'Drayton', 'Esker', 'Farrow', 'Glenmor', 'Hollis', 'Istra', 'Jubal', 'Kirwan', 'Lorne', 'Mirex', 'Nadir',
    'Orwell', 'Pontis', 'Quill', 'Rusko', 'Selwyn', 'Tyrone', 'Umbria', 'Varga', 'Wendel', 'Xantor',
  ],
};

/** What companies make: a word before the noun of an event. */
export const PRODUCTS: Record<Split, readonly string[]> = {
  train: ['pump', 'valve', 'drill', 'cable', 'motor', 'lens', 'panel', 'filter', 'engine', 'battery', 'turbine', 'sensor'],
  'held-out': ['crane', 'boiler', 'magnet', 'tractor', 'mirror', 'router'],
};

/** Who is who in the news of one symbol: a name for each role. */
export type Cast = Readonly<Record<Role, string>>;

/**
 * Draws a cast for each of several symbols; no name has two parts in a match.
 * @param count symbols, up to four
 */
export function castsOf(stream: Stream, split: Split, count: number): Cast[] {
  const left = [...NAMES[split]];
  const draw = (): string => left.splice(stream.below(left.length), 1)[0]!;
  return Array.from({ length: count }, (): Cast => {
    const [own, supplier, rival, customer, parent] = ROLES.map(draw);
    return { own: own!, supplier: supplier!, rival: rival!, customer: customer!, parent: parent! };
  });
}
