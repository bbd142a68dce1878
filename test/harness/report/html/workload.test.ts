/** The table of workloads in a sweep's report: its figures with intervals, its energy, and why there is none. */
import { expect } from 'chai';
import { rowForm, taskForm, type SummaryTask } from '../../../../harness/evidence/summary.js';
import { markup, textOf } from '../../../../harness/report/html/markup.js';
import { workloadPart } from '../../../../harness/report/html/workload.js';
import type { SweepResults } from '../../../../harness/report/sweep/folder.js';
import { workload, type MatchWorkload } from '../../../../scoring/figures/workload.js';

const played = (joules: number | null, cachedTokens: number): MatchWorkload => ({
  ...{ calls: 10, promptTokens: 2000, cachedTokens, answerTokens: 40, firstTokenUs: 50_000, timedCalls: 10 },
  ...{ changedFirstTokenUs: 16_000, changedCalls: 2, openUs: 750_000, lengthUs: 1_000_000, decisions: 10 },
  energy: joules === null ? null : { uj: joules * 1e6, realUs: 2_000_000 },
});

/** The words of the part, of a task with one configuration that has these matches. */
function said(matches: readonly MatchWorkload[], host: Record<string, string>): string {
  const row = rowForm.parse({ name: 'small', kind: 'openai' });
  const task: SummaryTask = taskForm.parse({ rewardUnit: 'points', rows: [row, { name: 'bot', kind: 'bot' }] });
  const workloads = new Map([['hft', new Map([['small', workload(matches)!]])]]);
  const results = { workloads, summary: { host } } as unknown as SweepResults;
  return textOf(markup`${workloadPart(results, 'hft', task)}`)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

describe('the workload in a sweep’s report', () => {
  it('has each figure with its interval over matches, and what the host took', () => {
    const text = said([played(50, 1000), played(60, 1100), played(70, 1200)], { energy: 'measured' });
    for (const each of ['after a change, real ms', 'power, W', 'energy, J a match', 'J a decision']) expect(text).to.include(each);
    expect(text).to.match(/small 200 200 to 200 55.0 31.5 to 76.5 4.00 4\.00 to 4\.00 5\.00 5\.00 to 5\.00 8\.00 8\.00 to 8\.00 25\.0 /);
    expect(text).to.match(/ 30\.0 17\.6 to 42\.4 60\.0 35\.2 to 84\.8 6\.00 3\.52 to 8\.48 30 /);
    expect(text).to.include('a server on another host is not in it');
  });

  it('says why there is no energy, also where nothing was measured of it', () => {
    const matches = [played(null, 0), played(null, 0), played(null, 0)];
    const text = said(matches, { energy: 'this host does not show it' });
    expect(text).to.include('No power and no energy: this host does not show it.').and.not.include('power, W');
    expect(said(matches, {})).to.include('No power and no energy: nothing was measured of them.');
    expect(said(matches, { energy: 'measured' })).to.include('played where no counter could be read');
  });
});
