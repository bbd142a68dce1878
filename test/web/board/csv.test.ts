import { expect } from 'chai';
import Papa from 'papaparse';
import type { Figures } from '../../../harness/submission/figures-form.js';
import type { ToldEntry } from '../../../web/server/leaderboard/entries.js';
import { entriesCsv } from '../../../web/server/leaderboard/csv.js';

const ESTIMATES = ['reward', 'latencyMeanMs', 'latencyP50Ms', 'latencyP90Ms', 'realLatencyP50Ms', 'rejected', 'missed', 'patientReward'];

function entry(figures: Partial<Figures> | null, name = 'alpha'): ToldEntry {
  return { name, submitter: { name: 'Ann', key: 'k', fingerprint: 'f' }, about: { model: '=cmd()' }, figures } as unknown as ToldEntry;
}

describe('the leaderboard as CSV', () => {
  const read = (rows: ToldEntry[]) => Papa.parse<Record<string, string>>(entriesCsv(rows), { header: true, skipEmptyLines: true });

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

  it('tells apart what is claimed and what the board measured', () => {
    const hash = 'a'.repeat(64);
    const host = { name: 'host-00000000', cpu: 'A CPU', cores: 2, memoryMb: 1, platform: 'linux', node: 'v20', processorWaits: 'measured' };
    const measured = { host, identity: hash, files: {}, precision: hash, engine: hash };
    const answers = { decisions: 9, compared: 7, equal: 7, left: 0, unanswered: 2, not: [] };
    const { data } = read([{ ...entry(null), about: { model: 'tb-1m' }, measured, answers } as unknown as ToldEntry, entry(null)]);
    expect(data[0]).to.include({ measuredModel: 'tb-1m', claimedModel: '', host: 'host-00000000', engineBuild: hash });
    expect(data[0]).to.include({
      hostAbout: 'A CPU, 2 cores, 1 MB, linux, Node v20',
      answers: '9',
      answersUnanswered: '2',
      answersEqual: '7',
    });
    expect(data[1]).to.include({ measuredModel: '', host: '', answers: '' });
  });

  it('leaves the figures of an entry empty that has none, and gives no spreadsheet a formula', () => {
    const { data } = read([entry(null)]);
    expect(data[0]).to.include({ name: 'alpha', reward: '', rewardIsAtLeast: '' });
    expect(data[0]!.claimedModel).to.equal("'=cmd()");
  });
});
