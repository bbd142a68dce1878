/** Rows of a round robin: each match counts for both who played it, sides mirrored, and one that does not count is missed by all. */
import { expect } from 'chai';
import { fighter } from '../../../envs/fighter/task.js';
import { configurationSchema } from '../../../harness/configuration/configuration.js';
import type { PaperEntrant } from '../../../harness/paper/entrants.js';
import { paperPlan } from '../../../harness/paper/play.js';
import { tableOf } from '../../../harness/paper/rows.js';
import { measuringCells, entrantsOf } from '../../../harness/sweep/cells.js';
import type { TaskReport } from '../../../harness/sweep/run.js';
import type { Results } from '../../../envs/environment.js';

const entrants = ['strong', 'middling', 'weak'].map((name): PaperEntrant => {
  const configuration = configurationSchema
    .omit({ latency: true })
    .parse({ name, endpoint: { kind: 'openai', url: 'http://127.0.0.1:9/v1', model: name }, request: {} });
  return { configuration, size: '3B', bits: 8 };
});
const STRENGTH: Record<string, number> = { strong: 2, middling: 1, weak: 0 };

/** A fight that this seat won. */
function wonBy(seat: number): Results {
  const side = (won: boolean) => ({ roundsWon: won ? 1 : 0, roundsLost: won ? 0 : 1 });
  return { endedAt: 1, reward: [seat === 0 ? 1000 : -1000, seat === 1 ? 1000 : -1000], seats: [side(seat === 0), side(seat === 1)] } as unknown as Results; // prettier-ignore
}

/** What a round robin leaves in which the stronger always wins. @param isVoid of which matches nothing counts */
async function roundRobin(isVoid: (entrant: string, rival: string, seed: number) => boolean): Promise<TaskReport[]> {
  const plan = paperPlan({ name: 'p', world: 'paper-fighter', task: 'fighter', entrants, against: 'each', matches: 4, firstSeed: 1 });
  const reports: TaskReport[] = [];
  for (const task of plan.tasks) {
    const all = await entrantsOf(plan, task);
    const rival = task.plan.rival!.name;
    const cells = (await measuringCells(task, all)).map((cell) => {
      const wins = STRENGTH[cell.entrant.name]! > STRENGTH[rival]!;
      const footer = {
        verdict: { counts: !isVoid(cell.entrant.name, rival, cell.seed), reasons: [] },
        results: wonBy(wins ? cell.seat : 1 - cell.seat),
      };
      return { cell, trace: { header: { ...cell.planned, seed: cell.seed, speed: 1 }, events: [], footer }, voided: 0 };
    });
    reports.push({ task, rows: [], cells, confirmation: [], patient: [], unfinished: [] } as unknown as TaskReport);
  }
  return reports;
}

describe('the rows of a round robin', () => {
  it('give every pair both sides of every seed, and nobody itself', async () => {
    const reports = await roundRobin(() => false);
    const seen = reports.flatMap(({ cells, task }) =>
      cells.map(({ cell }) => `${cell.entrant.name} ${task.plan.rival!.name} ${cell.seed}`),
    );
    expect(new Set(seen).size).to.equal(3 * 2 * 4);
    expect(seen.some((each) => /^(\w+) \1 /.test(each))).to.equal(false);
    for (const { cells } of reports)
      for (const { cell } of cells) {
        expect(cell.planned.seats[cell.seat]!.name).to.equal(cell.entrant.name);
        expect(cell.seat).to.equal(cell.seed % 2);
        expect(cell.planned.seats[1 - cell.seat]!.configuration).to.have.property('identity');
      }
  });

  it('have the share of points of all their duels, and ratings in that order', async () => {
    const { rows, unit, range } = tableOf(fighter, entrants, await roundRobin(() => false), 'points');
    expect(rows.map(({ value, matches }) => [value.value, matches])).to.deep.equal([[100, 16], [50, 16], [0, 16]]); // prettier-ignore
    expect([unit, range]).to.deep.equal(['%', { low: 0, high: 100 }]);
    const ratings = rows.map(({ rating }) => rating!.value!);
    expect(ratings[0]!).to.be.greaterThan(ratings[1]!);
    expect(ratings[1]!).to.be.greaterThan(ratings[2]!);
  });

  it('leave out what does not count, of both sides, and still rate who has met', async () => {
    const reports = await roundRobin((entrant, rival, seed) => seed === 2 && entrant === 'strong' && rival === 'weak');
    const { rows } = tableOf(fighter, entrants, reports, 'points');
    expect(rows.map((row) => [row.matches, row.void])).to.deep.equal([[15, 1], [16, 0], [15, 1]]); // prettier-ignore
    expect(rows.map(({ games }) => games!.length)).to.deep.equal([15, 16, 15]);
    expect(rows[0]!.rating!.n).to.equal(4);
    const apart = tableOf(fighter, entrants, await roundRobin((a, b) => [a, b].sort().join() === 'strong,weak'), 'points');
    expect(apart.rows.map(({ rating }) => rating)).to.deep.equal([undefined, undefined, undefined]);
  });
});
