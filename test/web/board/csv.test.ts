import { expect } from 'chai';
import Papa from 'papaparse';
import type { Figures } from '../../../harness/submission/figures-form.js';
import type { ToldEntry } from '../../../web/server/leaderboard/entries.js';
import { leaderboardCsv } from '../../../web/server/leaderboard/csv.js';

const ESTIMATES = ['reward', 'latencyMeanMs', 'latencyP50Ms', 'latencyP90Ms', 'realLatencyP50Ms', 'rejected', 'missed', 'patientReward'];

function entry(figures: Partial<Figures> | null, name = 'alpha'): ToldEntry {
  return { name, submitter: { name: 'Ann', key: 'k', fingerprint: 'f' }, about: { model: '=cmd()' }, figures } as unknown as ToldEntry;
}

describe('the leaderboard as CSV', () => {
  const read = (rows: ToldEntry[]) => Papa.parse<Record<string, string>>(leaderboardCsv(rows), { header: true, skipEmptyLines: true });

  it('says of every estimate whether it is a lower bound alone', () => {
    const estimate = { value: 1, low: 0.5, high: 2, n: 5 };
    const figures = Object.fromEntries(ESTIMATES.map((key) => [key, key === 'latencyP90Ms' ? { ...estimate, atLeast: true } : estimate]));
    const { data, errors } = read([entry(figures as unknown as Figures)]);
    expect(errors).to.deep.equal([]);
    const bounds = Object.keys(data[0]!).filter((name) => name.endsWith('IsAtLeast'));
    expect(bounds).to.deep.equal(ESTIMATES.map((key) => `${key}IsAtLeast`));
    for (const key of ESTIMATES)
      expect([data[0]![key], data[0]![`${key}Low`], data[0]![`${key}High`], data[0]![`${key}IsAtLeast`]], key).to.deep.equal(['1', '0.5', '2', String(key === 'latencyP90Ms')]); // prettier-ignore
  });

  it('leaves the figures of an entry empty that has none, and gives no spreadsheet a formula', () => {
    const { data } = read([entry(null)]);
    expect(data[0]).to.include({ name: 'alpha', reward: '', rewardIsAtLeast: '' });
    expect(data[0]!.claimedModel).to.equal("'=cmd()");
  });
});
