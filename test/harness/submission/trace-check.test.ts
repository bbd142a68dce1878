import { expect } from 'chai';
import fc from 'fast-check';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Json } from '../../../envs/environment.js';
import { entryFault, listFault, planFault } from '../../../harness/submission/entry-check.js';
import { collect } from '../../../harness/submission/collect.js';
import type { Manifest } from '../../../harness/submission/manifest.js';
import { implausible, overlapping } from '../../../harness/submission/plausibility.js';
import { otherTerms, termsDigest, termsOf } from '../../../harness/submission/terms.js';
import { checkTrace, checkTraceFile, type CheckedTrace, type ClaimedTrace } from '../../../harness/submission/trace-check.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import type { TaskPlan } from '../../../harness/sweep/plan.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';
import { forged, SEEDS, tinySweep, traceText, type Tiny } from './tiny.js';

type Act = Extract<TraceEvent, { kind: 'act' }>;

describe('a board judges a trace', () => {
  let tiny: Tiny;
  let trace: Trace;
  let plan: TaskPlan;
  let claimed: ClaimedTrace;
  const NOW = Date.parse('2100-01-01');

  before(async () => {
    tiny = await tinySweep();
    trace = tiny.traces[0]!;
    plan = tiny.published.plan('tiny')!.tasks[0]!.plan;
    const { name, configuration } = trace.header.seats[0]!;
    claimed = { task: 'hft', name, kind: 'model', configuration: configuration as Json, seed: 100, purpose: 'measure' };
  });
  after(() => rmSync(dirname(tiny.folder), { recursive: true, force: true }));

  const judged = (draft: Trace | string, more: Partial<ClaimedTrace> = {}): Promise<CheckedTrace> =>
    checkTrace(gzipSync(typeof draft === 'string' ? draft : traceText(draft)), { ...claimed, ...more }, plan, NOW);
  const acts = (draft: Trace): Act[] => draft.events.filter((event): event is Act => event.kind === 'act');

  it('and accepts one that was played by the plan', async () => {
    for (const [i, each] of tiny.traces.entries())
      expect((await judged(each, { seed: SEEDS[i]! })).fault, `seed ${SEEDS[i]}`).to.equal(null);
  });

  const attacks: [string, (draft: Trace) => void, RegExp, Partial<ClaimedTrace>?][] = [
    ['a forged reward', (draft) => (draft.footer!.results.reward[0]! += 1000), /results: the footer says/],
    [
      "a swapped seed, submitted for the plan's",
      (draft) => (draft.header.seed = 101),
      /played on seed 101, and was submitted for seed 100/,
    ],
    ["another seed's match under the plan's seed", () => undefined, /played on seed 100, and was submitted for seed 101/, { seed: 101 }],
    ['a seed that is swapped in header and claim', (draft) => (draft.header.seed = 103), /not as it says|digest/, { seed: 103 }],
    [
      'latencies made short, the chain reckoned anew',
      (draft) => acts(draft).forEach((act) => (act.realUs = 200)),
      /of real time at this seat make/,
    ],
    ['other options', (draft) => ((draft.header.options as { durationUs: number }).durationUs = 1_400_000), /options are not the plan's/],
    ['a match beside others', (draft) => (draft.header.contention = { agents: 2, agent: 0, group: 0, run: 'x' }), /under contention/],
    ['another speed', (draft) => (draft.header.speed = 5), /its speed is 5; the plan has 2/],
    ['another time limit', (draft) => (draft.header.timeoutUs = 1), /its timeoutUs is 1/],
    ['other rules', (draft) => (draft.header.rules = 'hft.0'), /played by rules hft\.0; this board has hft\./],
    ['a given latency', (draft) => (draft.header.seats[0]!.givenUs = 5), /its latency was given \(5 us\), not measured/],
    ['injected latency', (draft) => (draft.header.seats[0]!.addedUs = 5), /latency was injected/],
    ['an injected outage', (draft) => (draft.header.seats[0]!.outage = { atUs: 5 }), /an outage of its endpoint was injected/],
    ["another match's latencies", (draft) => (draft.header.seats[0]!.replayed = true), /latencies are another match's/],
    ['a stranger in the seat', (draft) => (draft.header.seats[0]!.kind = 'stranger'), /a stranger plays it/],
    [
      'another configuration',
      (draft) => (draft.header.seats[0]!.configuration = { model: 'other' }),
      /another configuration than the bundle says/,
    ],
    ['another name', (draft) => (draft.header.seats[0]!.name = 'beta'), /beta plays it, and alpha was submitted/],
    ['a void match', (draft) => (draft.footer!.verdict = { counts: false, reasons: ['It was late.'] }), /the match is void: It was late\./],
    ['a match without its end', (draft) => delete draft.footer, /no footer/],
    ['an end in the future', (draft) => (draft.footer!.endedAt = '2100-02-01T00:00:00Z'), /ended in the future/],
    ['an end before its beginning', (draft) => (draft.footer!.endedAt = '2001-02-01T00:00:00Z'), /ended before it began/],
    [
      'a decision that is left out',
      (draft) => draft.events.splice(draft.events.findIndex(({ kind }) => kind === 'observe') + 2, 2),
      /not as it says/,
    ],
  ];
  for (const [what, change, words, more] of attacks)
    it(`and refuses ${what}`, async () => {
      const { fault } = await judged(forged(trace, change, false), more);
      expect(fault).to.match(words);
    });

  it('and refuses one that was tampered with, byte by byte, without ever failing itself', async () => {
    const text = traceText(trace);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 2), fc.constantFrom('0', '7', '"', '}', 'x'), async (at, character) => {
        fc.pre(text[at] !== character);
        const altered = text.slice(0, at) + character + text.slice(at + 1);
        const { fault } = await judged(altered);
        // When it ended is told by the last line, which no line follows; the bundle's signature covers it.
        if (fault === null) expect(altered.replace(/"endedAt":"[^"]*"/, '')).to.equal(text.replace(/"endedAt":"[^"]*"/, ''));
        else expect(fault).to.not.equal('');
      }),
      { numRuns: 60, endOnFailure: true }, // each run plays the whole match anew
    );
  });

  it('and refuses what unpacks to more than it reads', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024));
    expect(bomb.length).to.be.lessThan(100_000);
    expect((await checkTrace(bomb, claimed, plan, NOW)).fault).to.match(/unpacks to over 67108864 bytes/);
  });

  it('and knows the same match again in other words, packed otherwise or told at another time', async () => {
    const first = await judged(trace);
    const told = await judged({ ...trace, header: { ...trace.header, id: 'x', startedAt: '2026-01-01T00:00:00Z' } });
    expect(told.textHash).to.not.equal(first.textHash);
    expect(told.playHash).to.equal(first.playHash).and.to.be.a('string');
    const packed = await checkTrace(gzipSync(traceText(trace), { level: 1 }), claimed, plan, NOW);
    expect(packed.textHash).to.equal(first.textHash);
    expect((await judged(tiny.traces[1]!, { seed: 101 })).playHash).to.not.equal(first.playHash);
  });

  it('but takes latencies that a forger changed throughout and played again: they are claims', async () => {
    // Each answer is told to have landed a little earlier, within the same step of the world; nothing in the record speaks against it.
    const draft = structuredClone(trace);
    let changed = 0;
    for (const act of acts(draft)) {
      const earlier = structuredClone(draft);
      const copy = acts(earlier).find(({ seq }) => seq === act.seq)!;
      copy.at -= 250;
      copy.latencyUs -= 250;
      copy.landing.at -= 250;
      copy.realUs -= 125;
      const replay = replayTrace(earlier);
      if (replay.faults.some((fault) => !/results|digest/.test(fault)) || replay.diverged) continue;
      Object.assign(act, copy);
      changed++;
    }
    expect(changed).to.be.greaterThan(2);
    const lie = forged(draft, () => undefined);
    const { fault, playHash } = await judged(lie);
    expect(fault).to.equal(null);
    expect(playHash).to.not.equal((await judged(trace)).playHash);
  });

  it('and takes a file that it cannot read for its own failure, not for the trace’s', async () => {
    const error = await checkTraceFile(`${tiny.folder}/gone.gz`, claimed, plan, NOW).catch((each: Error) => each);
    expect(error).to.have.property('code', 'ENOENT');
  });

  it('but not what is said of an entry that is not there', async () => {
    const submitter = { name: 'Ann', key: `ed25519:${'A'.repeat(43)}`, madeAt: '2026-01-31T12:00:00Z' };
    const about = (names: string[]) => ({ entries: Object.fromEntries(names.map((name) => [name, { engine: 'vLLM' }])) });
    const collected = await collect(tiny.folder, { ...submitter, about: about(['all', 'alpha']) }, tiny.published);
    expect(collected.manifest.entries[0]!.about.engine).to.equal('vLLM');
    const error = await collect(tiny.folder, { ...submitter, about: about(['alpha', 'alhpa']) }, tiny.published).catch(
      (each: Error) => each,
    );
    expect((error as Error).message).to.equal(
      'what is said of entries: "alhpa": no configuration of that name was played; accepted: all, alpha',
    );
  });

  describe('and an entry', () => {
    let manifest: Manifest;
    before(async () => {
      manifest = (
        await collect(tiny.folder, { name: 'Ann', key: `ed25519:${'A'.repeat(43)}`, madeAt: '2026-01-31T12:00:00Z' }, tiny.published)
      ).manifest;
    });
    const entry = () => structuredClone(manifest.entries[0]!);

    it('that has every cell of the plan', () => {
      expect(planFault(manifest, tiny.published)).to.equal(null);
      expect(listFault(entry(), plan)).to.equal(null);
    });

    it('and refuses one with picked, missing or doubled seeds', () => {
      const [picked, short, twice] = [entry(), entry(), entry()];
      picked.traces[4]!.seed = 4242;
      expect(listFault(picked, plan)).to.match(/seed 4242 is none of the plan's .*published are 100 to 104/);
      short.traces.pop();
      expect(listFault(short, plan)).to.match(/1 of the plan's 5 matches are missing \(measure, seeds 104\): every cell/);
      twice.traces[4]!.seed = 103;
      expect(listFault(twice, plan)).to.match(/seed 103 is there twice/);
      expect(listFault(entry(), { ...plan, seeds: { first: 100, count: 3 } })).to.match(/at least 5/);
    });

    it('and refuses one of configurations that differ, or of matches that overlap though they are measured alone', () => {
      const good = (i: number): CheckedTrace => ({ fault: null, player: 'a', when: { fromMs: i * 1000, toMs: i * 1000 + 900 } });
      const all = SEEDS.map((_, i) => good(i));
      expect(entryFault(entry(), all)).to.equal(null);
      expect(entryFault(entry(), all.with(2, { ...good(2), player: 'b' }))).to.match(/differ from each other/);
      expect(entryFault(entry(), all.with(2, good(1)))).to.match(/1 of its measured matches were played while another was/);
      expect(entryFault(entry(), all.with(2, { fault: 'so' }))).to.match(/a trace is not accepted.*measure on seed 102: so/);
    });

    it('and refuses terms that are not the published ones, saying where', () => {
      const own = termsOf(plan);
      expect(otherTerms(own, own)).to.equal(undefined);
      expect(otherTerms({ ...own, speed: 1 }, own)).to.equal('speed is 1; published is 2');
      // Terms have a hash, and by that a table: what is said to be nothing is not the same as what is not said.
      expect(otherTerms({ ...own, handicap: null }, own)).to.equal('handicap is null; published is not there');
      expect(otherTerms(own, { ...own, handicap: null })).to.equal('handicap is not there; published is null');
      fc.assert(
        fc.property(
          fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom(null, 0, 1)),
          fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom(null, 0, 1)),
          (found, published) => {
            expect(otherTerms(found, published) === undefined).to.equal(termsDigest('hft', found) === termsDigest('hft', published));
          },
        ),
      );
      expect(planFault({ ...manifest, plan: { name: 'tiny', tasks: { hft: { ...own, seeds: { first: 1, count: 5 } } } } }, tiny.published)).to.match(/plan\.tasks\.hft: seeds is .*"first":1.*published is .*"first":100/); // prettier-ignore
      expect(planFault({ ...manifest, plan: { name: 'none', tasks: {} } }, tiny.published)).to.match(
        /"none" is not published here; published are .*quick.*tiny/,
      );
      expect(termsDigest('hft', own)).to.not.equal(termsDigest('hft', { ...own, speed: 1 }));
    });
  });

  it('and counts overlaps as an obvious count does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5000), fc.nat(500)), { maxLength: 12 }), (spans) => {
        const matches = spans.map(([fromMs, length]) => ({ fromMs, toMs: fromMs + length }));
        const sorted = [...matches].sort((a, b) => a.fromMs - b.fromMs);
        const obvious = sorted.filter(({ fromMs }, i) => sorted.slice(0, i).some(({ toMs }) => fromMs < toMs - 50)).length;
        expect(overlapping(matches)).to.equal(obvious);
      }),
    );
  });

  it('and finds times that no clock measures', () => {
    const same = structuredClone(trace);
    const act = acts(same)[0]!;
    same.events = Array.from({ length: 20 }, () => ({ ...act, realUs: 1234 }));
    expect(implausible(same, NOW)).to.match(/20 of 20 answers took the same time to the microsecond/);
    const stamps = structuredClone(trace);
    acts(stamps)[0]!.telemetry = { requestUs: 100, firstTokenUs: 50 };
    expect(implausible(stamps, NOW)).to.match(/the stamps of its call are not in order/);
    const quick = structuredClone(trace);
    acts(quick)[0]!.realUs = 60;
    expect(implausible(quick, NOW)).to.match(/1 of \d+ answers came in under 0\.1 ms/);
    const short = structuredClone(trace);
    acts(short)[0]!.realUs = 3_600_000_000;
    expect(implausible(short, NOW)).to.match(/its answers took 36\d+ ms one after another, and the match \d+ ms/);
    expect(implausible(trace, NOW)).to.equal(null);
  });
});
