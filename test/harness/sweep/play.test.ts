/** A cell's attempts: what is tried again, what ends the sweep, and when an entrant is given up. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { configurationSchema } from '../../../harness/configuration/configuration.js';
import { EndpointError } from '../../../harness/endpoints/errors.js';
import { entrantsOf, measuringCells, type Cell } from '../../../harness/sweep/cells.js';
import { CellPlayer } from '../../../harness/sweep/play.js';
import type { Plan } from '../../../harness/sweep/plan.js';
import { StoreError, SweepStore } from '../../../harness/sweep/store.js';
import type { SeatedMatch, Seating } from '../../../harness/seating/seating.js';
import type { FailureKind, Trace, TraceEvent } from '../../../scoring/trace/trace.js';

/** How a match of these tests ends. */
interface Ending {
  counts?: boolean;
  reasons?: string[];
  failure?: FailureKind;
  /** So many of its 30 calls failed; all when absent. */
  failing?: number;
  /** So did a call of the other side. */
  rival?: FailureKind;
  /** The trace is not on disk. */
  lost?: boolean;
  /** The server died. */
  died?: boolean;
  error?: Error;
}

describe('playing a cell', () => {
  let folder: string;
  let store: SweepStore;
  let said: string[];
  let cells: Cell[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-play-'));
    store = new SweepStore(folder);
    said = [];
    const configuration = configurationSchema
      .omit({ latency: true })
      .parse({ name: 'm', endpoint: { kind: 'openai', url: 'http://127.0.0.1:9/v1', model: 'm' }, request: {} });
    const seeds = { first: 1, count: 3 };
    const task: Plan['tasks'][number] = {
      name: 'hft',
      plan: {
        ...{ speed: 1, externalSpeed: 1, seeds, confirmSeeds: { first: 9, count: 0 }, timeoutMs: 100, options: {} },
        ...{ without: [], bots: [], probes: 0, oracleDecisions: 0, patient: { matches: 0, options: {} } },
      },
    };
    const plan: Plan = { name: 'p', configurations: [configuration], tasks: [task] };
    cells = await measuringCells(task, await entrantsOf(plan, task));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A player whose matches end one after another as given; the last ending again and again. */
  function playerOf(...endings: Ending[]): { player: CellPlayer; played: () => number } {
    let played = 0;
    let died = false;
    const play = (match: SeatedMatch): Promise<Trace> => {
      const ending = endings[Math.min(played++, endings.length - 1)]!;
      died = ending.died ?? false;
      if (ending.error) return Promise.reject(ending.error);
      const cell = cells.find(({ id }) => id === match.id)!;
      const events = Array.from({ length: 30 }, (_, seq): TraceEvent[] => {
        const settled = { seat: 0, seq, at: seq, latencyUs: 0, realUs: 0 };
        const failure = seq < (ending.failing ?? Infinity) ? ending.failure : undefined;
        return [
          { kind: 'observe', seat: 0, seq, at: seq, lateUs: 0 },
          failure === undefined
            ? { kind: 'act', ...settled, action: { plan: {} }, landing: { at: seq, accepted: true } }
            : { kind: 'reject', ...settled, reason: `${failure}: no`, failure },
        ];
      }).flat();
      if (ending.rival) {
        events.push({ kind: 'observe', seat: 1, seq: 0, at: 30, lateUs: 0 });
        events.push({
          kind: 'reject',
          seat: 1,
          seq: 0,
          at: 30,
          latencyUs: 0,
          realUs: 0,
          reason: `${ending.rival}: no`,
          failure: ending.rival,
        });
      }
      const verdict = { counts: ending.counts ?? false, reasons: ending.reasons ?? ['so it was'] };
      if (!ending.lost) {
        mkdirSync(dirname(match.tracePath!), { recursive: true });
        writeFileSync(match.tracePath!, String(played));
      }
      return Promise.resolve({
        header: { tickUs: 10_000, ...cell.planned, id: cell.id },
        events,
        footer: { verdict, lateness: { p99Us: 0, over: 0 } },
      } as unknown as Trace);
    };
    const seating = { play, processes: { hasDied: () => Promise.resolve(died) } } as unknown as Seating;
    return { player: new CellPlayer(seating, store, (line) => said.push(line)), played: () => played };
  }

  it('tries a disturbed match again, three times at most, and keeps every attempt', async () => {
    const { player, played } = playerOf({}, { counts: true });
    expect(await player.play(cells[0]!)).to.include({ voided: 1 });
    expect(played()).to.equal(2);
    const hopeless = playerOf({});
    expect(await hopeless.player.play(cells[1]!)).to.include({ voided: 2, unfinished: 'so it was' });
    expect(hopeless.played()).to.equal(3);
    expect(await hopeless.player.play(cells[1]!, undefined, 1), 'as often as it is told').to.include({
      voided: 0,
      unfinished: 'so it was',
    });
    expect(hopeless.played()).to.equal(4);
    expect(readdirSync(join(folder, 'traces')).filter((name) => name.includes('.void-'))).to.have.length(3);
    const { player: other } = playerOf({ failure: 'dropped', failing: 2 });
    expect(await other.play(cells[2]!), 'two failed calls are not why').to.have.property('unfinished', 'so it was');
    const { player: frail } = playerOf({ failure: 'dropped', failing: 12 });
    expect(await frail.play(cells[2]!)).to.have.property('unfinished', '12 of 30 calls failed, the last: dropped: no');
    expect(said).to.deep.equal([]);
  });

  it('does not count matches whose server died among the attempts', async () => {
    const died = { died: true, failure: 'refused' as const };
    const { player, played } = playerOf(died, died, died, {}, {}, { counts: true });
    expect(await player.play(cells[0]!)).to.include({ voided: 5 });
    expect(played()).to.equal(6);
  });

  it('gives an entrant up when every call failed, when its budget is spent, and when it cannot be started', async () => {
    for (const [ending, why, first] of [
      [{ failure: 'http' }, /its endpoint is dead: 30 of 30 calls failed, the last: http: no/, 'unfinished'],
      [{ failure: 'budget' }, /its budget for calls is spent/, 'unfinished'],
      [{ failure: 'timeout' }, /its endpoint is dead: no call was answered with any text in the whole match$/, 'unfinished'],
      [{ error: new EndpointError('nobody there') }, /nobody there/, 'why'],
    ] as [Ending, RegExp, string][]) {
      const { player, played } = playerOf(ending);
      expect(await player.play(cells[0]!)).to.have.property(first);
      for (const cell of cells.slice(1))
        expect(await player.play(cell))
          .to.have.property('why')
          .that.matches(why);
      expect(played()).to.equal(1);
      expect(said.splice(0)).to.have.length(1);
    }
  });

  it('tries no more, and gives nobody up, when the budget of the other side is spent', async () => {
    const { player, played } = playerOf({ rival: 'budget', reasons: ['The rival did not play.'] });
    const [first, second] = cells.map((cell) => ({ ...cell, players: [...cell.players, ...cell.players] }));
    for (const cell of [first!, second!]) expect(await player.play(cell)).to.include({ voided: 0, unfinished: 'The rival did not play.' });
    expect(played()).to.equal(2);
    expect(player.reasonGivenUp(first!.entrant)).to.equal(undefined);
    const { player: other, played: often } = playerOf({ rival: 'dropped' });
    await other.play(first!);
    expect(often(), 'a call that failed otherwise may succeed').to.equal(3);
  });

  it('ends in words at the first trace that cannot be kept', async () => {
    const { player, played } = playerOf({ lost: true, reasons: ['The trace is incomplete: x: cannot be written: the disk is full.'] });
    const error = await player.play(cells[0]!).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(StoreError);
    expect((error as Error).message).to.match(/hft m seed 1 could not be kept: .*the disk is full.*the same command goes on/);
    expect(played()).to.equal(1);
  });

  it('takes no other error for the entrant’s', async () => {
    const { player } = playerOf({ error: new RangeError('a fault of ours') });
    expect(await player.play(cells[0]!).catch((thrown: unknown) => thrown)).to.be.instanceOf(RangeError);
  });
});
