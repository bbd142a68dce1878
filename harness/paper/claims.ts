/** The shape of the published tables as claims that our rows can be asked. Rows are chosen by size and bits, never by what they earned. */
import {
  beatsEach,
  notAsked,
  peaksInside,
  poolBeatsEach,
  rises,
  type Member,
  type Pooling,
  type Tested,
} from '../../scoring/figures/claims.js';
import type { Range } from '../../scoring/statistics/bounded.js';
import { sameBits, sizesOf } from './size.js';

/** A row that can be spoken of. */
export type ClaimRow = Member & { size?: string; bits?: number };

/** A claim and what became of it. `hypothesis`: this project expects it of its own worlds, too. */
export interface Claim extends Tested {
  says: string;
  hypothesis?: true;
}

/** Bits of a mix that counts as a little below 8, and of the one that won the published fights. */
const LITTLE_LOWER = 7.2;
const MUCH_FASTER = 6.8;

/** "Which size wins" and "the largest at slightly lower precision beats the rest", as the trading table has them. */
export function tradingClaims(rows: readonly ClaimRow[], range?: Range): Claim[] {
  const sizes = sizesOf(rows);
  const largest = sizes.at(-1);
  const own = rows.filter(({ size }) => size !== undefined && size === largest);
  const little = nearest(own, LITTLE_LOWER);
  return [
    { says: 'the largest size earns more than each other at the same bits (bits pooled)', ...sizeWins(rows, sizes, largest, range) },
    {
      says: `${nameOr(little, 'the largest size a little below 8 bits')} earns more than every other row: the larger model a little faster`,
      hypothesis: true,
      ...(little ? beatsEach(little, rows.filter((row) => row !== little), range) : notAsked('no row of the largest size is between 4 and 8 bits')), // prettier-ignore
    },
    ...within(own, largest, range),
  ];
}

/** "Which size wins" and "a middle size made much faster wins", as the fighting table has them. */
export function fightingClaims(rows: readonly ClaimRow[], range?: Range): Claim[] {
  const sizes = sizesOf(rows);
  const hasMiddle = sizes.length >= 3;
  const middle = hasMiddle ? sizes[Math.floor((sizes.length - 1) / 2)] : sizes.length === 2 ? sizes[0] : undefined;
  const own = rows.filter(({ size }) => size !== undefined && size === middle);
  const faster = nearest(own, MUCH_FASTER);
  const what = hasMiddle ? 'the middle size' : 'the smaller of two sizes, as there is no middle one,';
  const others = rows.filter((row) => row.size !== middle);
  const fastest = own.filter(({ bits }) => bits !== undefined && bits < 8).sort((a, b) => a.bits! - b.bits!)[0];
  const missing = notAsked(middle === undefined ? 'there is one size' : `no row of ${middle} is below 8 bits`);
  return [
    { says: `${what} wins more than each other at the same bits (bits pooled)`, ...sizeWins(rows, sizes, middle, range) },
    ...[faster, ...(fastest === faster ? [] : [fastest])].map((row): Claim => ({
      says: `${what} made much faster (${nameOr(row, 'below 8 bits')}) wins more than every row of the others`,
      hypothesis: true,
      ...(row ? beatsEach(row, others, range) : missing),
    })),
    ...within(own, middle, range),
  ];
}

/** Fewer bits within one size: 8 against 16, and a mix a little below 8 against 8. */
function within(own: readonly ClaimRow[], size: string | undefined, range?: Range): Claim[] {
  const at = (bits: number): ClaimRow | undefined => own.find((row) => row.bits !== undefined && sameBits(row.bits, bits));
  const [sixteen, eight] = [at(16), at(8)];
  const mix = nearest(own, LITTLE_LOWER);
  const pair = (says: string, first: ClaimRow | undefined, second: ClaimRow | undefined): Claim => ({
    says,
    ...(first && second ? beatsEach(first, [second], range) : notAsked('not both rows are there')),
  });
  return [
    pair(`${size ?? 'it'}: 8 bits beat 16`, eight, sixteen),
    pair(`${nameOr(mix, 'a mix below 8 bits')} beats 8 bits of the same size`, mix, eight),
  ];
}

/** One size against each other one, each pooled over the bits that both have. */
function sizeWins(rows: readonly ClaimRow[], sizes: readonly string[], winner: string | undefined, range?: Range): Tested {
  if (winner === undefined || sizes.length < 2) return notAsked('sizes are told of fewer than two');
  const isTwin = (a: ClaimRow, b: ClaimRow): boolean => a.bits !== undefined && b.bits !== undefined && sameBits(a.bits, b.bits);
  const own = rows.filter(({ size }) => size === winner);
  const pools = sizes
    .filter((size) => size !== winner)
    .map((size): Pooling => {
      const theirs = rows.filter((row) => row.size === size);
      const pairs = own.flatMap((row) => {
        const twin = theirs.find((each) => isTwin(row, each));
        return twin ? [[row, twin] as const] : [];
      });
      return { first: winner, second: size, pairs };
    });
  const missing = pools.find(({ pairs }) => pairs.length === 0);
  return missing ? notAsked(`${winner} and ${missing.second} have no row of the same bits`) : poolBeatsEach(pools, range);
}

/** The row of a mix, between 4 and 8 bits, nearest to so many. */
function nearest(own: readonly ClaimRow[], bits: number): ClaimRow | undefined {
  const mixes = own.filter((row) => row.bits !== undefined && row.bits > 4 && row.bits < 8 && !sameBits(row.bits, 8));
  return mixes.sort((a, b) => Math.abs(a.bits! - bits) - Math.abs(b.bits! - bits))[0];
}

function nameOr(row: ClaimRow | undefined, otherwise: string): string {
  return row?.name ?? otherwise;
}

/** A row of a sweep of gamma. `likelihood`: of each prompt, how likely its answer is under the map, natural logarithm; more is better. */
export interface GammaClaimRow extends Member {
  gamma: number;
  likelihood?: Member;
}

/** The best gamma is inside, a large one collapses, and likelihood falls with gamma: for one FP4 format. @param rows by rising gamma */
export function gammaClaims(format: string, rows: readonly GammaClaimRow[], range?: Range): Claim[] {
  const [first, last] = [rows[0], rows.at(-1)];
  const large = rows.find(({ gamma }) => gamma >= 0.6 - 1e-9);
  const likelihoods = rows.flatMap(({ likelihood }) => likelihood ?? []);
  const missing = notAsked('fewer than three gammas were played');
  return [
    {
      says: `${format}: the best gamma is inside: one beats both gamma ${first?.gamma ?? '-'} and ${last?.gamma ?? '-'}`,
      ...(rows.length < 3 ? missing : peaksInside([first!, last!], rows.slice(1, -1), range)),
    },
    {
      says: `${format}: gamma ${large ? large.gamma : 'of 0.6'} earns less than gamma 0: it collapses`,
      ...(large && first?.gamma === 0 && large !== first ? beatsEach(first, [large], range) : notAsked('not both gammas were played')),
    },
    {
      says: `${format}: answers are less likely with every step of gamma (perplexity rises)`,
      ...(likelihoods.length < 2 ? notAsked('no likelihoods were measured') : rises([...likelihoods].reverse())),
    },
  ];
}

/** Latency falls with bits within each size, and rises with size at the same bits. Values are minus the logarithm of a latency, by state. */
export function latencyClaims(rows: readonly ClaimRow[]): Claim[] {
  const sizes = sizesOf(rows);
  const bits = [...new Set(rows.flatMap((row) => row.bits ?? []))].sort((a, b) => b - a);
  const falling = sizes.map((size): Claim => {
    const own = rows.filter((row) => row.size === size && row.bits !== undefined).sort((a, b) => b.bits! - a.bits!);
    return { says: `${size}: every step to fewer bits is faster`, ...rises(own) };
  });
  const bySize = bits.flatMap((each): Claim[] => {
    const own = sizes.flatMap((size) => rows.find((row) => row.size === size && row.bits !== undefined && sameBits(row.bits, each)) ?? []);
    return own.length < 2 ? [] : [{ says: `${Number(each.toFixed(2))} bits: every smaller size is faster`, ...rises([...own].reverse()) }];
  });
  return [...falling, ...bySize];
}
