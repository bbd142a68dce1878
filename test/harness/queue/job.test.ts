/** Jobs as they are handed out and made anew: what a worker is asked for, and what it refuses. */
import { expect } from 'chai';
import { configurationSchema, loadConfiguration, type Configuration } from '../../../harness/configuration/configuration.js';
import {
  cellOf,
  entrantOf,
  JobRefused,
  matchWorkOf,
  needsOf,
  paidMembers,
  planText,
  playerOf,
  probesWorkOf,
  readPlan,
} from '../../../harness/queue/job.js';
import type { Work } from '../../../harness/queue/work.js';
import { plannedOf, type Planned } from '../../../harness/sweep/planned.js';
import type { Plan } from '../../../harness/sweep/plan.js';

const served = (name: string): Configuration =>
  configurationSchema
    .omit({ latency: true })
    .parse({ name, endpoint: { kind: 'openai', url: 'http://127.0.0.1:9/v1', model: name }, request: {} });
const started = (name: string): Configuration =>
  configurationSchema
    .omit({ latency: true })
    .parse({ name, endpoint: { kind: 'command', command: 'serve me', url: 'http://127.0.0.1:9/v1', model: name }, request: {} });

/** A plan of one task: configurations and a bot against a rival. */
function planOf(configurations: Configuration[], rival?: Configuration): Plan {
  const seeds = { first: 1, count: 1 };
  return {
    name: 'p',
    configurations,
    tasks: [
      {
        name: 'fighter',
        plan: {
          ...{ speed: 20, externalSpeed: 20, seeds, confirmSeeds: { first: 9, count: 0 }, timeoutMs: 1000, options: {}, without: [] },
          ...{ probes: 0, oracleDecisions: 0, patient: { matches: 0, options: {} } },
          bots: [{ bot: 'expert', delaysMs: [100], errorPermille: 0 }],
          ...(rival ? { rival } : {}),
        },
      },
    ],
  };
}

/** Every match of a plan as a worker reads it. */
async function worksOf(plan: Plan): Promise<{ sent: Plan; works: Extract<Work, { kind: 'match' }>[] }> {
  const [planned] = await plannedOf(plan);
  const works = planned!.cells.map((cell) => matchWorkOf(cell, 0, {}, 1) as Extract<Work, { kind: 'match' }>);
  return { sent: readPlan(planText(plan)), works };
}

describe('jobs of a queue', () => {
  it("ask for the rival's labels and cores as for the entrant's own, in matches and not for banks", async () => {
    const engine = loadConfiguration('1m-fp8');
    const cases = [
      { own: { ...served('m'), labels: ['a'] }, rival: { ...engine, labels: ['b'] }, labels: ['a', 'b', 'p'], engine: true },
      { own: { ...served('m'), labels: ['a'] }, rival: served('r'), labels: ['a', 'p'], engine: false },
      { own: { ...engine, labels: ['a'] }, rival: undefined, labels: ['a', 'p'], engine: true },
    ];
    for (const { own, rival, labels, engine } of cases) {
      const plan: Plan = { ...planOf([own], rival), labels: ['p'] };
      const [{ entrants }] = (await plannedOf(plan)) as [Planned];
      const { plan: taskPlan } = plan.tasks[0]!;
      const [model, bot] = [entrants.find(({ configuration }) => configuration)!, entrants.find((each) => each.bot)!];
      expect(needsOf(plan, model, taskPlan, 'match')).to.deep.equal({ labels, engine });
      expect(needsOf(plan, bot, taskPlan, 'match').engine).to.equal(rival?.endpoint.kind === 'embedded');
      expect(needsOf(plan, bot, taskPlan, 'match').labels).to.deep.equal(['p', ...(rival?.labels ?? [])].sort());
      expect(needsOf(plan, model, taskPlan, 'probes')).to.deep.equal({ labels: ['a', 'p'], engine: own.endpoint.kind === 'embedded' });
    }
  });

  it('cost calls of whoever plays in them and is no engine of ours, and have a player of their own for each rival', async () => {
    const { sent, works } = await worksOf(planOf([served('m')], served('r')));
    const byName = Object.fromEntries(works.map((work) => [work.name, paidMembers(sent, work).map(({ name }) => name)]));
    expect(byName).to.deep.equal({ m: ['m', 'r'], 'expert @100 ms': ['r'] });
    const [{ entrants }] = (await plannedOf(sent)) as [Planned];
    expect(paidMembers(sent, probesWorkOf(entrants[0]!, 0, {}, 1)).map(({ name }) => name)).to.deep.equal(['m']);
    const players = [served('r'), served('s'), undefined].map((rival) => playerOf(entrants[0]!, planOf([], rival).tasks[0]!.plan, 'match'));
    expect(new Set(players).size).to.equal(3);
    expect(players[2]).to.equal(playerOf(entrants[0]!, planOf([], served('r')).tasks[0]!.plan, 'probes'));
  });

  it('are played as they were meant, whoever the rival is', async () => {
    const { sent, works } = await worksOf(planOf([served('m')], served('r')));
    expect(works.map(({ name }) => name)).to.have.members(['m', 'expert @100 ms']);
    for (const work of works) expect((await cellOf(sent, work, false)).id).to.equal(work.cell);
  });

  for (const [whose, plan] of [
    ['the measured configuration is', planOf([started('m')])],
    ['the rival alone is', planOf([served('m')], started('r'))],
  ] as const)
    it(`are refused by a worker that may start no commands where ${whose} started by one`, async () => {
      const { sent, works } = await worksOf(plan);
      for (const work of works) {
        const needsLeave = plan.tasks[0]!.plan.rival !== undefined || !work.isBot;
        const refusal = await entrantOf(sent, work, false).then(() => undefined, (fault: unknown) => fault); // prettier-ignore
        if (needsLeave) {
          expect(refusal, work.name).to.be.instanceOf(JobRefused);
          expect((refusal as Error).message).to.match(/command of the plan's; accepted: a worker started with --allow-commands$/);
        } else expect(refusal, work.name).to.equal(undefined);
        expect((await entrantOf(sent, work, true)).entrant.name).to.equal(work.name);
      }
    });
});
