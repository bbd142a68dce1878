/** Latencies of different hosts are never pooled: results of one entrant are told apart by the host that their traces name. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Cell, Entrant } from '../../../harness/sweep/cells.js';
import { apartByHost, hostOf } from '../../../harness/sweep/hosts.js';
import type { CellResult } from '../../../harness/sweep/play.js';
import type { Trace } from '../../../scoring/trace/trace.js';

const MACHINES = ['a', 'b', undefined] as const;

function entrant(name: string, kind: Entrant['kind']): Entrant {
  return { id: `${name}-0123456789`, name, kind, player: {} as Entrant['player'], identity: name };
}

/** A result of an entrant, of which only the host matters here. */
function resultOf(own: Entrant, seed: number, machine: string | undefined, node = 'v20.0.0'): CellResult {
  const host = { cpu: 'c', node, cores: 2, loadPermille: seed, freeMemoryMb: seed, ...(machine === undefined ? {} : { machine }) };
  return {
    cell: { id: `${own.id}-${seed}`, entrant: own, seed, purpose: 'measure' } as Cell,
    trace: { header: { host } } as unknown as Trace,
    voided: 0,
  };
}

describe('hosts of a sweep', () => {
  const model = entrant('model', 'embedded');
  const bot = entrant('bot', 'bot');

  it('never share a row of a model, lose no result, and leave bots, whose delay is given, together', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(model, bot), fc.constantFrom(...MACHINES)), { maxLength: 30 }), (played) => {
        const results = played.map(([own, machine], i) => resultOf(own, i, machine));
        const { entrants, results: apart, hostOf: hostIn } = apartByHost([model, bot], results);
        expect(apart.map(({ cell }) => cell.id).sort()).to.deep.equal(results.map(({ cell }) => cell.id).sort());
        expect(new Set(entrants.map(({ id }) => id)).size, 'ids').to.equal(entrants.length);
        expect(new Set(entrants.map(({ name }) => name)).size, 'names').to.equal(entrants.length);
        for (const each of entrants) {
          const own = apart.filter(({ cell }) => cell.entrant === each);
          const hosts = new Set(own.map(({ trace }) => hostOf(trace.header).name));
          if (each.kind === 'bot') expect(each).to.equal(bot);
          else expect(hosts.size, each.name).to.be.at.most(1);
          if (hostIn.has(each)) expect([...hosts]).to.deep.equal([hostIn.get(each)]);
        }
        const expected = new Set(played.filter(([own]) => own === model).map(([, machine]) => machine)).size;
        expect(entrants.filter(({ kind }) => kind !== 'bot')).to.have.length(Math.max(1, expected));
      }),
    );
  });

  it('leave a sweep of one host that has no name as it is', () => {
    const results = [resultOf(model, 1, undefined), resultOf(model, 2, undefined), resultOf(bot, 1, undefined)];
    const apart = apartByHost([model, bot], results);
    expect(apart.entrants).to.deep.equal([model, bot]);
    expect(apart.results).to.deep.equal(results);
    expect([apart.hosts, apart.hostOf.size]).to.deep.equal([[], 0]);
  });

  it('are others after an update of Node, and say what they are', () => {
    const apart = apartByHost([model], [resultOf(model, 1, 'a', 'v20.0.0'), resultOf(model, 2, 'a', 'v22.0.0'), resultOf(model, 3, 'b')]);
    expect(apart.hosts.map(({ name, node }) => [name, node]).sort()).to.deep.equal([
      ['a', 'v20.0.0'],
      ['a', 'v22.0.0'],
      ['b', 'v20.0.0'],
    ]);
    for (const { name } of apart.entrants) expect(name).to.match(/^model on (?:a \([0-9a-f]{4}\)|b)$/);
    expect(apart.entrants.every(({ measured }) => measured === model)).to.equal(true);
  });
});
