/** What of an earlier run's groups is not played again. */
import { expect } from 'chai';
import { describeHost } from '../../../../harness/host/description.js';
import type { Cell } from '../../../../harness/sweep/cells.js';
import type { CellGroup } from '../../../../harness/sweep/contention/groups.js';
import { recalledGroup } from '../../../../harness/sweep/contention/player.js';
import type { Trace } from '../../../../scoring/trace/trace.js';

const group = { cells: ['a', 'b'].map((id) => ({ id }) as Cell) } as CellGroup;

/** A results folder that has these traces, each counting. */
function folderWith(traces: Record<string, { run: string; host?: object }>) {
  const aside: string[] = [];
  return {
    aside,
    finished: async ({ id }: Cell): Promise<Trace | undefined> => {
      const told = traces[id];
      return told && ({ header: { host: told.host ?? describeHost(), contention: { run: told.run } } } as unknown as Trace);
    },
    setAside: ({ id }: Cell): string => (aside.push(id), id),
  };
}

describe('a group of an earlier run', () => {
  const recalled = async (traces: Record<string, { run: string; host?: object }>): Promise<[string[] | undefined, string[]]> => {
    const store = folderWith(traces);
    const found = await recalledGroup(group, store, () => undefined);
    return [found?.map(({ cell }) => cell.id), store.aside];
  };

  it('is kept where all of it counts and was played at one time, on this host', async () => {
    expect(await recalled({ a: { run: '1' }, b: { run: '1' } })).to.deep.equal([['a', 'b'], []]);
  });

  it('is played again as a whole otherwise, and what of it is there is kept under other names', async () => {
    expect(await recalled({ a: { run: '1' } })).to.deep.equal([undefined, ['a']]);
    expect(await recalled({ a: { run: '1' }, b: { run: '2' } })).to.deep.equal([undefined, ['a', 'b']]);
    expect(await recalled({ a: { run: '1' }, b: { run: '1', host: { cpu: 'another', node: '1' } } })).to.deep.equal([
      undefined,
      ['a', 'b'],
    ]);
    expect(await recalled({})).to.deep.equal([undefined, []]);
  });
});
