/** The claims say what the published tables show: of rows that are exactly as published, each main claim holds; of others it does not. */
import { expect } from 'chai';
import { fightingClaims, gammaClaims, latencyClaims, tradingClaims, type Claim, type ClaimRow } from '../../../harness/paper/claims.js';
import { loadPublished, type PublishedRow } from '../../../harness/paper/published.js';

/** Values around a mean that all seeds share but for a little. */
function around(mean: number): Map<number, number> {
  return new Map(Array.from({ length: 8 }, (_, seed) => [seed, mean + 3 * seed + ((seed * 7919) % 5) / 100]));
}

function rowsOf(rows: readonly PublishedRow[], change: (row: PublishedRow) => number = ({ value }) => value): ClaimRow[] {
  return rows.map((row) => ({ name: `${row.size}/${row.bits}`, size: row.size, bits: row.bits, values: around(change(row)) }));
}

function standings(claims: readonly Claim[]): string[] {
  return claims.map(({ standing }) => standing);
}

describe('the shape of the published tables', () => {
  const published = loadPublished();

  it('holds of the trading table as published', () => {
    expect(standings(tradingClaims(rowsOf(published.hft.rows)))).to.deep.equal(['holds', 'holds', 'holds', 'holds']);
  });

  it('does not hold of a trading table upside down', () => {
    const claims = tradingClaims(rowsOf(published.hft.rows, ({ value }) => -value));
    expect(standings(claims)).to.deep.equal(['does not hold', 'does not hold', 'does not hold', 'does not hold']);
  });

  it('holds of the fighting table as published', () => {
    const claims = fightingClaims(rowsOf(published.fighter.rows));
    expect(standings(claims)).to.deep.equal(['holds', 'holds', 'holds', 'holds']);
    expect(claims[1]).to.include({ hypothesis: true }).and.have.property('says').that.includes('the middle size made much faster (3B/6.8)');
  });

  it('says so where there is no middle size, and where there is one size', () => {
    const two = fightingClaims(rowsOf(published.fighter.rows.filter(({ size }) => size !== '1.5B')));
    expect(two[0]!.says).to.include('the smaller of two sizes, as there is no middle one');
    const one = fightingClaims(rowsOf(published.fighter.rows.filter(({ size }) => size === '3B')));
    expect(one[0]!.standing).to.equal('not asked');
    expect(one[1]!.standing).to.equal('not asked');
    expect(one[1]!.why).to.equal('there is one size');
    expect(fightingClaims([{ name: 'nobody knows', values: around(1) }]).map(({ standing }) => standing)).to.not.include('holds');
  });

  it('of gamma: the best is inside, and a large one collapses', () => {
    for (const { rows } of [published.gamma.hft, published.gamma.fighter]) {
      const own = rows.map(({ gamma, value, perplexity }) => {
        const name = `gamma ${gamma}`;
        return {
          name,
          gamma,
          values: around(value),
          ...(perplexity === null ? {} : { likelihood: { name, values: around(-perplexity) } }),
        };
      });
      expect(standings(gammaClaims('published', own))).to.deep.equal(['holds', 'holds', 'holds']);
      const flat = own.map((row) => ({ ...row, values: around(1) }));
      expect(standings(gammaClaims('published', flat)).slice(0, 2)).to.deep.equal(['not told apart', 'not told apart']);
    }
  });

  it('of latency: fewer bits and smaller sizes are faster', () => {
    const rows = published.latency.rows.flatMap(
      ({ size, fp16, fp8, fp4 }) =>
      [[16, fp16], [8, fp8], [4, fp4]].map(([bits, ms]): ClaimRow => ({ name: `${size}/${bits}`, size, bits: bits!, values: around(-Math.log(ms!) * 100) })), // prettier-ignore
    );
    expect(new Set(standings(latencyClaims(rows)))).to.deep.equal(new Set(['holds']));
    const slow = rows.map((row) => (row.name === '7B/8' ? { ...row, values: around(-1000) } : row));
    const claims = latencyClaims(slow).filter(({ standing }) => standing === 'does not hold');
    expect(claims.map(({ says }) => says)).to.deep.equal([
      '7B: every step to fewer bits is faster',
      '8 bits: every smaller size is faster',
    ]);
  });
});
