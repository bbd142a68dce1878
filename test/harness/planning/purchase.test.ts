import { expect } from 'chai';
import fc from 'fast-check';
import { purchase, totalsOf, withoutBeaten, type Bought, type Offer, type PurchaseProblem } from '../../../harness/planning/purchase.js';

/** All ways to share seats among offers, each with as few machines as serve them. */
function* shares(problem: PurchaseProblem, from = 0, left = problem.seats): Generator<Bought[]> {
  if (from === problem.offers.length) return void (left === 0 && (yield []));
  for (let seats = 0; seats <= left; seats++)
    for (const rest of shares(problem, from + 1, left - seats))
      yield seats === 0 ? rest : [{ offer: from, seats, machines: Math.ceil(seats / problem.offers[from]!.seats) }, ...rest];
}

function bruteForce(problem: PurchaseProblem): { cost: number; worth: number } | undefined {
  const { aim, offers, available } = problem;
  let best: { cost: number; worth: number } | undefined;
  for (const bought of shares(problem)) {
    const machines: Record<string, number> = {};
    for (const each of bought) machines[offers[each.offer]!.device] = (machines[offers[each.offer]!.device] ?? 0) + each.machines;
    if (Object.entries(machines).some(([device, count]) => count > (available[device] ?? Infinity))) continue;
    const { cost, worth } = totalsOf(problem, bought);
    if ('mostCost' in aim ? cost > aim.mostCost : worth < aim.leastWorth - 1e-9) continue;
    const better = (a: { cost: number; worth: number }, b: { cost: number; worth: number }): boolean =>
      'mostCost' in aim
        ? a.worth > b.worth + 1e-9 || (Math.abs(a.worth - b.worth) <= 1e-9 && a.cost < b.cost)
        : a.cost < b.cost || (a.cost === b.cost && a.worth > b.worth + 1e-9);
    if (!best || better({ cost, worth }, best)) best = { cost, worth };
  }
  return best;
}

const offer: fc.Arbitrary<Offer> = fc.record({
  configuration: fc.constantFrom('small', 'large'),
  device: fc.constantFrom('old', 'new'),
  seats: fc.integer({ min: 1, max: 4 }),
  worth: fc.integer({ min: -10, max: 20 }),
  cost: fc.integer({ min: 1, max: 9 }),
});
const problems: fc.Arbitrary<PurchaseProblem> = fc.record({
  offers: fc.array(offer, { minLength: 1, maxLength: 4 }),
  seats: fc.integer({ min: 1, max: 6 }),
  aim: fc.oneof(fc.record({ mostCost: fc.integer({ min: 1, max: 40 }) }), fc.record({ leastWorth: fc.integer({ min: -5, max: 18 }) })),
  available: fc.record({ old: fc.integer({ min: 0, max: 4 }) }, { requiredKeys: [] }) as fc.Arbitrary<Record<string, number>>,
});

describe('a purchase', () => {
  it('is the best of all ways to share the seats, and of equal ones the one that is better in the other figure', async () => {
    let solved = 0;
    await fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const best = bruteForce(problem);
        const found = await purchase(problem);
        if (best === undefined) return void expect(found).to.equal('impossible');
        solved++;
        if (typeof found === 'string') throw new Error(`${found}; there is one of ${best.worth} for ${best.cost}`);
        expect(found.worth).to.be.closeTo(best.worth, 1e-6);
        expect(found.cost).to.be.closeTo(best.cost, 1e-6);
        expect(found.gap).to.equal(0);
        expect(found.bought.reduce((sum, { seats }) => sum + seats, 0)).to.equal(problem.seats);
      }),
      { numRuns: 150, seed: 11 },
    );
    expect(solved).to.be.greaterThan(50);
  });

  it('is none the worse without offers that others beat on the same device', async () => {
    const samePrice = problems.map((problem) => ({
      ...problem,
      offers: problem.offers.map((each) => ({ ...each, cost: each.device === 'old' ? 2 : 5 })),
    }));
    await fc.assert(
      fc.asyncProperty(samePrice, async (problem) => {
        const offers = withoutBeaten(problem.offers);
        expect(offers.length).to.be.greaterThan(0);
        const [all, few] = [await purchase(problem), await purchase({ ...problem, offers })];
        if (typeof all === 'string' || typeof few === 'string') return void expect(few).to.equal(all);
        expect(few.worth).to.be.closeTo(all.worth, 1e-6);
        expect(few.cost).to.be.closeTo(all.cost, 1e-6);
      }),
      { numRuns: 40, seed: 5 },
    );
  });
});
