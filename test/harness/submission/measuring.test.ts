import { expect } from 'chai';
import fc from 'fast-check';
import { isTeam } from '../../../harness/configuration/team.js';
import { describeHost } from '../../../harness/host/description.js';
import { measuringHostOf } from '../../../harness/submission/measuring-host.js';
import { measuredPart } from '../../../harness/submission/measuring.js';
import { termsOf } from '../../../harness/submission/terms.js';
import { loadPlan } from '../../../harness/sweep/plan.js';

describe('what a board measures of a plan', () => {
  it('is its embedded configurations on the published terms, and nothing that no entry is made of', () => {
    const plan = loadPlan('quick');
    const part = measuredPart(plan, ['1m-fp4', '4m-fp8']);
    expect(part.configurations.map(({ name }) => name)).to.deep.equal(['1m-fp4', '4m-fp8']);
    for (const [i, { name, plan: own }] of part.tasks.entries()) {
      expect(own).to.include({ probes: 0, oracleDecisions: 0 });
      expect([own.bots, own.confirmSeeds.count]).to.deep.equal([[], 0]);
      // Whom a task does without is a configuration of the part, or the part could not be played.
      expect(own.without).to.deep.equal(plan.tasks[i]!.plan.without.filter((each) => each === '1m-fp4' || each === '4m-fp8'));
      const { bots: _, confirmSeeds: _seeds, ...terms } = termsOf(own);
      expect(termsOf(plan.tasks[i]!.plan), name).to.deep.include(terms);
    }
    expect(measuredPart(plan).configurations).to.have.length(plan.configurations.length);
    expect(() => measuredPart(plan, ['expert'])).to.throw('no embedded configuration "expert" in the plan quick; accepted: 1m-fp4, ');
    const withTeams = loadPlan('teams');
    expect(withTeams.configurations.some(isTeam)).to.equal(true);
    expect(measuredPart(withTeams).configurations.some(isTeam)).to.equal(false);
  });
});

describe('the host that measures', () => {
  const here = describeHost();
  const name = (host: object): string | undefined => measuringHostOf(host)?.name;

  it('is the same in every match, and another one with another processor, system or Node', () => {
    const small = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(small, small, small, (memoryMb, freeMemoryMb, loadPermille) => {
        expect(name({ ...here, memoryMb, freeMemoryMb, loadPermille, machine: 'mine' })).to.equal(name(here));
      }),
    );
    const others = [{ cpu: 'x' }, { cores: here.cores + 1 }, { platform: 'x' }, { node: 'v0' }].map((change) =>
      name({ ...here, ...change }),
    );
    expect(new Set([name(here), ...others]).size).to.equal(5);
  });

  it('is none where a header does not describe it', () => {
    for (const host of [null, {}, 'x', { ...here, cpu: undefined }, { ...here, cores: 'two' }])
      expect(measuringHostOf(host)).to.equal(undefined);
  });
});
