/** Recorded matches as evidence: what counts, once, among what it was played like, and what is said of the rest. */
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededGames } from '../../../harness/cli/rate/games.js';
import { readResults, type Results } from '../../../harness/evidence/folder.js';
import { knownOf } from '../../../harness/evidence/known.js';
import { readMatches } from '../../../harness/evidence/matches.js';
import { measuredPlayers } from '../../../harness/evidence/measured.js';
import { PatientPlays } from '../../../harness/evidence/patient-play.js';
import { hashOf } from '../../../harness/configuration/hash.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { loadBank } from '../../../harness/oracle/bank.js';
import { patientEnds } from '../../../scoring/reward/patient.js';
import { probeParts, Probes } from '../../../scoring/oracle/probes.js';
import { hostOf } from '../../../harness/sweep/hosts.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { altered, recorded } from './recorded.js';

describe('recorded matches as evidence', function () {
  this.timeout(60_000);
  const root = mkdtempSync(join(tmpdir(), 'tickbench-evidence-'));
  const at = (...parts: string[]): string => join(root, ...parts);
  const fight = [{ bot: 'expert', errorPermille: 200 }, { bot: 'rush' }];

  before(async () => {
    await recorded([
      ...[1, 2, 3].map((seed) => ({ path: at('good', `${seed}.jsonl.gz`), task: 'fighter' as const, seed, seats: fight })),
      { path: at('other', 'slow.jsonl.gz'), task: 'fighter', seed: 4, seats: fight, timeoutUs: 3_000_000 },
      { path: at('other', 'market.jsonl.gz'), task: 'hft', seed: 4, seats: [{ bot: 'reader' }] },
      { path: at('other', 'named.jsonl.gz'), task: 'fighter', seed: 5, seats: [{ bot: 'expert', errorPermille: 900 }, { bot: 'rush' }] },
      { path: at('other', 'itself.jsonl.gz'), task: 'fighter', seed: 6, seats: [{ bot: 'rush' }, { bot: 'rush' }] },
      { path: at('sweep', 'traces', 'm.jsonl.gz'), task: 'hft', seed: 7, seats: [{ bot: 'reader' }] },
    ]);
  });
  after(() => rmSync(root, { recursive: true }));

  it('count once, however often they were copied and whatever a forged copy says before them', async () => {
    mkdirSync(at('copied'));
    copyFileSync(at('good', '1.jsonl.gz'), at('copied', 'b.jsonl.gz'));
    copyFileSync(at('good', '1.jsonl.gz'), at('copied', 'c.jsonl.gz'));
    altered(at('good', '1.jsonl.gz'), at('copied', 'a.jsonl'), ({ footer }) => {
      if (footer) (footer['results'] as { reward: number[] }).reward.reverse();
    });
    const { matches, left } = await readMatches([at('copied')]);
    expect(matches.map(({ path }) => path)).to.deep.equal([at('copied', 'b.jsonl.gz')]);
    expect(left[0]).to.match(/a\.jsonl: it is not as it says: /);
    expect(left[1]).to.equal(`${at('copied', 'c.jsonl.gz')}: the match match-1 was read before, from ${at('copied', 'b.jsonl.gz')}`);
  });

  it('count once where a moved match was played on to several ends: of these the first that is read', async () => {
    // Matches that ended apart stand in for two ends of one: its id and its start in both headers.
    const began = { id: 'moved', startedAt: '2026-11-01T00:00:00.000Z' };
    for (const [to, from] of [
      ['1', '1'],
      ['2', '2'],
      ['later', '3'],
    ] as const)
      // prettier-ignore
      altered(at('good', `${from}.jsonl.gz`), at('moved', `${to}.jsonl`), ({ header }) => {
        if (header) Object.assign(header, began, to === 'later' ? { startedAt: '2026-11-02T00:00:00.000Z' } : {});
      });
    const { matches, left } = await readMatches([at('moved')]);
    expect(matches.map(({ path }) => path)).to.deep.equal([at('moved', '1.jsonl'), at('moved', 'later.jsonl')]);
    expect(left).to.deep.equal([`${at('moved', '2.jsonl')}: the match moved was read before, from ${at('moved', '1.jsonl')}`]);
    expect(new Set(matches.map(({ trace }) => trace.footer.digest)).size, 'they ended apart').to.equal(2);
  });

  it('are played again whatever their folder says of that', async () => {
    const forged = at('forged', 'traces', '1.jsonl');
    altered(at('good', '1.jsonl.gz'), forged, ({ footer }) => {
      if (footer) (footer['results'] as { reward: number[] }).reward.reverse();
    });
    mkdirSync(at('forged', 'verified'));
    const key = createHash('sha256').update(readFileSync(forged)).digest('hex');
    writeFileSync(at('forged', 'verified', '1.json'), JSON.stringify({ key, result: { wrong: null } }));
    expect((await readMatches([at('forged')])).left[0]).to.include('it is not as it says: ');
  });

  it('of other rules, other worlds or no matches at all are left out by name, and the rest counts', async () => {
    const own = at('good', '1.jsonl.gz');
    altered(own, at('strange', 'rules.jsonl'), ({ header }) => header && (header['rules'] = 'fighter.1'));
    altered(own, at('strange', 'options.jsonl'), ({ header }) => header && (header['options'] = { rounds: 'many' }));
    altered(own, at('strange', 'task.jsonl'), ({ header }) => header && (header['task'] = 'chess'));
    writeFileSync(at('strange', 'log.jsonl'), '{"level":"info"}\n');
    writeFileSync(at('strange', 'empty.jsonl'), '');
    const { matches, left } = await readMatches([at('strange'), own]);
    expect(matches.map(({ path }) => path)).to.deep.equal([own]);
    expect(left).to.have.length(5);
    for (const name of ['rules', 'options', 'task', 'log', 'empty'])
      expect(
        left.filter((each) => each.startsWith(at('strange', `${name}.jsonl`))),
        left.join('\n'),
      ).to.have.length(1);
    expect(left.join('\n')).to.include('played by rules fighter.1');
  });

  it('are rated among those that most were played like; two configurations of one name are two players', async () => {
    // The odd ones come first.
    const { names, matches, left, seeds } = await seededGames([at('other'), at('good')]);
    expect(matches).to.equal(4);
    expect(seeds).to.have.length(4);
    expect(names).to.have.length(3);
    expect(names.filter((name) => name.startsWith('expert #'))).to.have.length(2);
    expect(left.join('\n'))
      .to.match(/slow\.jsonl\.gz: its timeoutUs is 3000000, and 2000000 in those that are counted/)
      .and.match(/market\.jsonl\.gz: a match of hft has no winner among two/)
      .and.match(/itself\.jsonl\.gz: rush played itself/);
  });

  it('give no mean over different clocks, speeds or configurations', async () => {
    const { players, left } = await measuredPlayers([at('other'), at('good')]);
    const [expert] = players.filter(({ name, task }) => name === 'expert' && task === 'fighter');
    expect(expert!.matches.map(({ trace }) => trace.header.seed).sort()).to.deep.equal([1, 2, 3]);
    expect(left.filter((each) => each.includes('expert has more matches that were played otherwise'))).to.have.length(2);
  });

  it("of a sweep's folder are what its list says of them, or are left out", async () => {
    const cell = { id: 'match-7', task: 'hft', configuration: 'reader', identity: 'x', kind: 'bot', purpose: 'measure', seed: 7, seat: 0 };
    const results = async (change: object, more: object[] = []) => {
      const cells = [{ ...cell, trace: 'traces/m.jsonl.gz', ...change }, ...more];
      writeFileSync(at('sweep', 'cells.json'), JSON.stringify({ tickbench: 'cells.v1', cells }));
      return await readResults(at('sweep'), ['measure']).catch((error: unknown) => String(error));
    };
    expect(await results({}))
      .to.have.property('cells')
      .with.length(1);
    // Where several hosts measured one, its name in the table is with the host.
    const there = hostOf((await readTrace(at('sweep', 'traces', 'm.jsonl.gz'))).header).name;
    for (const configuration of [`reader on ${there}`, `reader on ${there} (0a1b)`])
      expect(await results({ configuration }), configuration)
        .to.have.property('cells')
        .with.length(1);
    const wrong: [object, string][] = [
      [{ configuration: 'reader on host-0123abcd' }, "as of reader on host-0123abcd; in its trace that seat is reader's"],
      [{ seed: 8 }, 'cells.json lists it with the seed 8; its trace says 7'],
      [{ seat: 3 }, 'its trace says undefined'],
      [{ configuration: '4m-fp8' }, "cells.json lists it as of 4m-fp8; in its trace that seat is reader's"],
      [{ configuration: 'read' }, "cells.json lists it as of read; in its trace that seat is reader's"],
      [{ kind: 'embedded' }, 'the player model; its trace says bot'],
      [{ trace: 'traces/none.jsonl.gz' }, 'no such file'],
    ];
    for (const [change, why] of wrong) {
      const read = await results(change);
      expect(read, why).to.have.property('cells').that.is.empty;
      expect(JSON.stringify(read)).to.include(why);
    }
    const twice = await results({}, [{ ...cell, trace: 'traces/m.jsonl.gz', id: 'match-7' }]);
    expect(twice).to.have.property('cells').with.length(1);
    expect(JSON.stringify(twice)).to.include('it is listed twice');
    copyFileSync(at('sweep', 'traces', 'm.jsonl.gz'), at('sweep', 'traces', 'copy.jsonl.gz'));
    const copied = await results({}, [{ ...cell, trace: 'traces/copy.jsonl.gz' }]);
    expect(copied).to.have.property('cells').with.length(1);
    expect(JSON.stringify(copied)).to.include('it is listed twice');
    symlinkSync(at('good', '1.jsonl.gz'), at('sweep', 'traces', 'link.jsonl.gz'));
    expect(JSON.stringify(await results({ trace: 'traces/link.jsonl.gz' }))).to.include('a link that leads out of the folder');
    expect(await results({ trace: '../good/1.jsonl.gz' })).to.include('cells.json: not as a sweep writes it: cells.0.trace: ');
  });

  it('of a sweep have the patient play that its patient matches are worth, whatever its summary says', async () => {
    const identity = 'b1b2c3d4e5f60718';
    const { latencyUs } = taskNamed('hft').patient!;
    const trace = (seed: number): string => `traces/p${seed}.jsonl.gz`;
    const seeds = [3, 4, 5];
    await recorded(seeds.map((seed) => ({ path: at('patient', trace(seed)), task: 'hft', seed, patient: true, seats: [{ bot: 'momentum', givenUs: latencyUs }] }))); // prettier-ignore
    const cell = { task: 'hft', configuration: 'momentum', identity, kind: 'bot', seat: 0 };
    const cells = seeds.map((seed) => ({ ...cell, id: `match-${seed}`, purpose: 'patient', seed, trace: trace(seed) }));
    writeFileSync(at('patient', 'cells.json'), JSON.stringify({ tickbench: 'cells.v1', cells }));
    const plays = await PatientPlays.of(at('patient'));
    const value = plays.value('hft', { identity })!;
    // What it earned over sockets is what it earns when it is played here, and the ends are where they are.
    expect(value).to.be.closeTo(plays.value('hft', { bot: { bot: 'momentum', errorPermille: 0 } })!, 1e-9);
    const ends = patientEnds(taskNamed('hft'), taskNamed('hft').parseOptions({ durationUs: 3_000_000, gridUs: 50_000, seats: 1 }));
    expect([plays.value('hft', { bot: ends.random }), plays.value('hft', { bot: ends.best })]).to.deep.equal([0, 1]);
    expect([plays.value('hft', { identity: '0'.repeat(16) }), plays.value('fighter', { bot: ends.best })]).to.deep.equal([undefined, undefined]); // prettier-ignore
    const row = { name: 'momentum', kind: 'bot', figures: { patientPlay: { value: 0.9, low: null, high: null, n: 3 } } };
    const results = { folder: at('patient'), cells: [], left: [], summary: { tasks: { hft: { rows: [row] } } } } as unknown as Results;
    const known = (of: string, own?: PatientPlays) => knownOf(results, { task: 'hft', name: 'momentum', identity: of }, ['patient'], own);
    expect(known(identity, plays)).to.deep.equal({ patient: value, notes: [`The patient play of momentum on hft is ${value} by its matches, which counts; summary.json says 0.9.`] }); // prettier-ignore
    expect(known('none', plays).notes[0]).to.match(/is the word of summary\.json alone: the folder has no patient matches/);
  });

  it("of a sweep have the quality that its kept answers are worth, whatever its summary says; what is the summary's word alone is said to be", async () => {
    const identity = 'a1b2c3d4e5f60718';
    const cell = { id: 'match-7', task: 'hft', configuration: 'reader', identity, kind: 'bot', purpose: 'measure', seed: 7, seat: 0, trace: 'traces/m.jsonl.gz' }; // prettier-ignore
    writeFileSync(at('sweep', 'cells.json'), JSON.stringify({ tickbench: 'cells.v1', cells: [cell] }));
    const told = (value: number) => ({ value, low: null, high: null, n: 3 });
    const row = { name: 'reader', kind: 'bot', figures: { probeQuality: told(0.987), patientPlay: told(0.5) } };
    writeFileSync(at('sweep', 'summary.json'), JSON.stringify({ tickbench: 'summary.v1', sweep: 's', tasks: { hft: { rewardUnit: '%', rows: [row] } } })); // prettier-ignore
    const known = async (...whole: string[]) => {
      const { players, notes } = await measuredPlayers([at('sweep')], new Map(), whole);
      const { quality, patient } = players[0]!.matches[0]!;
      return { quality, patient, notes: notes.join('\n') };
    };
    expect(await known()).to.deep.equal({ quality: undefined, patient: undefined, notes: '' });
    expect(await known('quality')).to.deep.equal({
      quality: 0.987,
      patient: undefined,
      notes:
        "The quality of reader on hft is the word of summary.json alone: no answers of it to this program's bank of states lie in the folder.",
    });
    expect((await known('patient')).notes).to.match(/^The patient play of reader on hft is the word of summary\.json alone: /);
    // Answers that do nothing, to the first states of the bank.
    const task = taskNamed('hft');
    const bank = new Probes(task, loadBank('hft'), 6);
    const states = bank.probes.map(({ entry }) => [entry.id, entry.digest]);
    const lines = [{ answers: 'probes.v1', key: hashOf([states, identity], 16) }, ...bank.probes.map(({ entry }) => ({ id: entry.id, answer: null }))]; // prettier-ignore
    mkdirSync(at('sweep', 'probes'));
    writeFileSync(at('sweep', 'probes', `hft-reader-${identity.slice(0, 10)}.jsonl`), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`); // prettier-ignore
    const parts = probeParts(
      bank.probes,
      bank.probes.map((_, i) => bank.stakes(i, undefined)),
    );
    const sum = (key: 'numerator' | 'denominator'): number => parts.reduce((total, part) => total + part[key], 0);
    const worth = sum('numerator') / sum('denominator');
    const { quality, notes } = await known('quality');
    expect(quality).to.be.closeTo(worth, 1e-9);
    expect(worth).to.be.below(0.9);
    expect(notes).to.equal(`The quality of reader on hft is ${quality} by its answers, which counts; summary.json says 0.987.`);
  });
});
