/** Contention in a plan: what is accepted, and which cells it comes to. */
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unlike } from '../../../../harness/evidence/alike.js';
import { packageRoot } from '../../../../harness/host/root.js';
import { entrantsOf, foreign, type Cell } from '../../../../harness/sweep/cells.js';
import { contentionFault } from '../../../../harness/sweep/contention/bounds.js';
import { contentionGroups } from '../../../../harness/sweep/contention/groups.js';
import { loadPlan } from '../../../../harness/sweep/plan.js';
import type { TraceHeader } from '../../../../scoring/trace/trace.js';

const SHIPPED = join(packageRoot(), 'fpx-configs/contention.yaml');

describe('contention in a plan', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-contention-'))));
  after(() => rmSync(folder, { recursive: true }));

  /** The shipped plan with another section. */
  const plan = (contention: unknown, more: object = {}) => {
    const text = parse(readFileSync(SHIPPED, 'utf8')) as { configurations: string[]; tasks: { hft: object } };
    // An address has its identity in its file: no engine is started.
    writeFileSync(
      join(folder, 'remote.yaml'),
      'endpoint: { kind: openai, url: "http://127.0.0.1:9/v1", model: m }\nrequest: { temperature: 0, maxTokens: 8, timeoutMs: 5000 }\n',
    );
    Object.assign(text, { configurations: ['remote.yaml'] });
    Object.assign(text.tasks.hft, { contention, ...more });
    writeFileSync(join(folder, 'plan.yaml'), stringify(text));
    return loadPlan(join(folder, 'plan.yaml'));
  };

  it('says what is wrong, where, and what is accepted', () => {
    expect(() => plan([1, 5])).to.throw(/tasks.hft.contention: 12 seeds are not played by groups of 5; accepted: .*such as 15/);
    for (const counts of [[2, 4], [1, 1], [1], [1, 0], 4, { agents: [1, 2], tenants: {} }]) expect(() => plan(counts), JSON.stringify(counts)).to.throw(/tasks.hft.contention/); // prettier-ignore
    const tenants = { a: { weight: 3 }, b: { weight: 1 } };
    expect(() => plan({ agents: [1, 2, 3], seeds: { first: 0, count: 6 }, gateway: { tenants } })).to.throw(/3 agents are not shared out evenly among 2 tenants/); // prettier-ignore
    const weightless = { tenants: { a: { weight: 0 }, b: { weight: 1 } } };
    expect(() => plan({ agents: [1, 2], gateway: weightless })).to.throw(/contention.gateway.tenants.a.weight: a weight above 0/);
    expect(() => plan([2, 4])).to.throw(/contention: the first is to be 1/);
  });

  it('has every number of agents play each seed once, groups of a number within those of its multiples', async () => {
    const [task] = plan([1, 2, 4], { seeds: { first: 40, count: 8 } }).tasks;
    const entrants = await entrantsOf(plan([1, 2, 4], { seeds: { first: 40, count: 8 } }), task!);
    const groups = await contentionGroups(task!, entrants);
    const seeds = (agents: number): number[][] => groups.filter(({ cells }) => cells.length === agents).map(({ cells }) => cells.map(({ seed }) => seed)); // prettier-ignore
    expect(seeds(1)).to.deep.equal([40, 41, 42, 43, 44, 45, 46, 47].map((seed) => [seed]));
    expect(seeds(2)).to.deep.equal([[40, 41], [42, 43], [44, 45], [46, 47]]); // prettier-ignore
    expect(seeds(4)).to.deep.equal([[40, 41, 42, 43], [44, 45, 46, 47]]); // prettier-ignore
    const cells = groups.flatMap((group) => group.cells);
    expect(new Set(cells.map(({ id }) => id)).size).to.equal(24);
    expect(cells.every(({ clock, purpose }) => clock === 'wall' && purpose === 'contention')).to.equal(true);
  });

  it('makes the number of agents, the tenant and the gateway part of what a cell is', async () => {
    const gateway = { tenants: { a: { weight: 3 }, b: { weight: 1 } } };
    const loaded = plan({ agents: [1, 2], seeds: { first: 40, count: 2 }, gateway });
    const groups = await contentionGroups(loaded.tasks[0]!, await entrantsOf(loaded, loaded.tasks[0]!));
    const headerOf = ({ id, planned }: Cell, run: string): TraceHeader => ({ id, ...planned, contention: { ...planned.contention!, run } }) as unknown as TraceHeader; // prettier-ignore
    const [alone, , pair] = groups;
    expect(pair!.cells.map(({ planned }) => planned.contention!.tenant)).to.deep.equal([{ name: 'a', weight: 3 }, { name: 'b', weight: 1 }]); // prettier-ignore
    const [one, first] = [alone!.cells[0]!, pair!.cells[0]!];
    expect(one.seed).to.equal(first.seed);
    expect(foreign(first, headerOf(first, 'any'))).to.equal(undefined);
    expect(foreign(first, { ...headerOf(one, 'any'), id: first.id })).to.include('beside others than were planned');
    const { contention: _, ...without } = headerOf(first, 'any');
    expect(foreign(first, without)).to.include('without others beside it');
    // Never counted together, but which of the agents it was is no difference.
    expect(unlike(headerOf(first, 'x'), headerOf(one, 'y'))!.part).to.equal('contention');
    expect(unlike(headerOf(first, 'x'), without)!.part).to.equal('contention');
    const plain = plan({ agents: [1, 2], seeds: { first: 40, count: 4 } });
    const [, , , , a, b] = await contentionGroups(plain.tasks[0]!, await entrantsOf(plain, plain.tasks[0]!));
    expect(unlike(headerOf(a!.cells[0]!, 'x'), headerOf(b!.cells[1]!, 'y'))).to.equal(undefined);
    const heavier = plan({ agents: [1, 2], seeds: { first: 40, count: 2 }, gateway: { tenants: { a: { weight: 4 }, b: { weight: 1 } } } });
    const [other] = await contentionGroups(heavier.tasks[0]!, await entrantsOf(heavier, heavier.tasks[0]!));
    expect(other!.cells[0]!.id).not.to.equal(one.id);
  });

  it('is refused in words where others play the cells of a sweep', () => {
    const asked = plan([1, 2]);
    expect(contentionFault(asked, {}, true)).to.match(/tasks.hft.contention: .*accepted: a sweep without --queue/);
    expect(contentionFault(asked, {}, false)).to.equal(undefined);
  });
});
