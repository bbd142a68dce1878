import { expect } from 'chai';
import { unfinishedLines, type Unfinished } from '../../../harness/sweep/unfinished.js';
import type { TaskReport } from '../../../harness/sweep/run.js';

const report = (...unfinished: Unfinished[]): TaskReport => ({ task: { name: 'hft' }, unfinished }) as unknown as TaskReport;
const busy = (n: number): string => `This host was busy: ${n} of 40 decisions of a found the harness waiting. It waited ${n}.5 ms.`;

describe('what a sweep left unfinished', () => {
  it('is no line where nothing is', () => {
    expect(unfinishedLines([report()])).to.deep.equal([]);
  });

  it('is told once for all who share a reason, however many cells a busy host voided', () => {
    const lines = unfinishedLines([
      report(
        { entrant: 'a', unplayed: 0, void: 30, reasons: Array.from({ length: 30 }, (_, i) => busy(i + 5)) },
        { entrant: 'b', unplayed: 2, void: 1, reasons: [busy(9)] },
      ),
    ]);
    expect(lines).to.deep.equal([`unfinished: hft a (cells: 30 void), b (cells: 2 not played, 1 void): ${busy(5)} (and 30 more like it)`]);
  });

  it('hides no other reason behind a usual one', () => {
    const probes = 'no probe quality: a: http 500';
    const lines = unfinishedLines([
      report(
        { entrant: 'a', unplayed: 0, void: 2, reasons: [busy(5), busy(6), probes] },
        { entrant: 'b', unplayed: 0, void: 1, reasons: [busy(7)] },
        { entrant: 'c', unplayed: 0, void: 0, reasons: [probes] },
      ),
    ]);
    expect(lines).to.have.length(3);
    expect(lines[0]).to.include('a (cells: 2 void): ').and.include(busy(5)).and.include(probes);
    expect(lines[2]).to.equal(`unfinished: hft c: ${probes}`);
  });
});
