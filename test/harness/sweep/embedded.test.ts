/** Engines that compute on this host: how many side by side, and who comes first. */
import { expect } from 'chai';
import { configurationSchema, type Configuration } from '../../../harness/configuration/configuration.js';
import { hashOf } from '../../../harness/configuration/hash.js';
import type { Cell, Entrant } from '../../../harness/sweep/cells.js';
import { embeddedAmong, isOf, lanesFor, slowestFirst } from '../../../harness/sweep/embedded.js';
import type { CellResult } from '../../../harness/sweep/play.js';

const engine = (name: string, threads = 1): Configuration =>
  configurationSchema
    .omit({ latency: true })
    .parse({ name, endpoint: { kind: 'embedded', model: 'models/tb-1m', precision: 'fp4', threads }, request: {} });
const [a, b, c] = [engine('a'), engine('b'), engine('c')];
const entrant = (configuration?: Configuration): Entrant =>
  ({ kind: configuration ? 'embedded' : 'bot', configuration }) as unknown as Entrant;

/** A match of so many decisions of seat 0's, and one of seat 1's. */
function played(configuration: Configuration | undefined, decisions: number, purpose: Cell['purpose'] = 'measure'): CellResult {
  const act = (seat: number, seq: number) => [
    { kind: 'observe', seat, seq, at: seq, lateUs: 0 },
    { kind: 'act', seat, seq, at: seq, latencyUs: 1, realUs: 1, action: { plan: {} }, landing: { at: seq, accepted: true } },
  ];
  const events = [...act(1, 1), ...Array.from({ length: decisions }, (_, i) => act(0, i + 1)).flat()];
  return { cell: { entrant: entrant(configuration), purpose, seat: 0 }, trace: { header: {}, events }, voided: 0 } as unknown as CellResult;
}

describe('the embedded configurations of a sweep', () => {
  it('are told once each, whatever tasks they play', () => {
    const found = embeddedAmong([entrant(a), entrant(), entrant(b), entrant(engine('a'))]);
    expect([...found.values()].map(({ name }) => name)).to.deep.equal(['a', 'b']);
    expect([...found.keys()].map((key) => [entrant(a), entrant(b), entrant()].map((each) => isOf(key, each)))).to.deep.equal([
      [true, false, false],
      [false, true, false],
    ]);
  });

  it('compute side by side as far as there are threads for all of them', () => {
    expect(lanesFor([a, b, c], 2)).to.equal(2);
    expect(lanesFor([a, b, c], 8)).to.equal(3);
    expect(lanesFor([a, engine('wide', 2)], 3)).to.equal(1);
    expect(lanesFor([a, b], 1)).to.equal(1);
    expect(lanesFor([], 4)).to.equal(1);
  });

  it('come in the order of their measured decisions, who came to fewest first', () => {
    const keys = [a, b, c].map((each) => hashOf(each));
    const results = [played(a, 9), played(a, 9), played(b, 5), played(b, 40, 'patient'), played(c, 12), played(undefined, 1)];
    expect(slowestFirst(keys, results)).to.deep.equal([keys[1], keys[2], keys[0]]);
    expect(slowestFirst(keys, []), 'nothing measured: as they come').to.deep.equal(keys);
  });
});
