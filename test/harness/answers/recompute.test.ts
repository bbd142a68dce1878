import { expect } from 'chai';
import fc from 'fast-check';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Json } from '../../../envs/environment.js';
import { decisionsOf } from '../../../scoring/trace/decisions.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';
import { accountText, differenceText, together, type AnswersAccount } from '../../../harness/answers/account.js';
import { configurationHere } from '../../../harness/answers/configuration.js';
import { traceDraw } from '../../../harness/answers/draw.js';
import { recordedDecisions } from '../../../harness/answers/recorded.js';
import { Recomputer } from '../../../harness/answers/recompute.js';
import { verifyAnswers } from '../../../harness/cli/verify-answers.js';
import { loadConfiguration, type Configuration } from '../../../harness/configuration/configuration.js';
import { packageRoot } from '../../../harness/host/root.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { recordOf } from '../../../harness/seating/record.js';
import { modelPlayer } from '../../../harness/seating/seats.js';
import { measuredPart } from '../../../harness/submission/measuring.js';
import type { PublishedPlans } from '../../../harness/submission/terms.js';
import { plannedOf } from '../../../harness/sweep/planned.js';
import { replayFault, replayTrace } from '../../../harness/traces/replay.js';
import { tickbench } from '../sweep/tickbench.js';
import { tinyPlans, traceText } from '../submission/tiny.js';
import { answeredCells, answeredSweep, withOtherAction } from './answered.js';

type Act = Extract<TraceEvent, { kind: 'act' }>;

const ALL = { decisions: Number.MAX_SAFE_INTEGER, seconds: 600 };

describe('recorded answers', () => {
  const task = taskNamed('hft');
  let root: string;
  let published: PublishedPlans;
  let traces: Trace[];
  let trace: Trace;
  let decisions: number;
  let recomputer: Recomputer;

  before(async () => {
    const plans = tinyPlans();
    root = plans.root;
    published = plans.published;
    traces = await answeredSweep(published, join(root, 'answered'));
    trace = traces[0]!;
    decisions = decisionsOf(trace, 0).length;
    recomputer = new Recomputer([join(root, 'models')]);
  });
  after(async () => {
    await recomputer.close();
    rmSync(root, { recursive: true, force: true });
  });

  const account = (draft: Trace, bounds = ALL, seed = 'a seed'): Promise<AnswersAccount> => recomputer.account(draft, 0, task, seed, bounds); // prettier-ignore
  /** A changed copy, whose world stays as it was. */
  const forged = (change: (draft: Trace) => void, of = trace): Trace => {
    const draft = structuredClone(of);
    change(draft);
    return draft;
  };
  const acts = (draft: Trace): Act[] => draft.events.filter((event): event is Act => event.kind === 'act');
  const answered = (draft: Trace) => draft.events.filter((event) => event.kind === 'act' || event.kind === 'reject');
  /** The configuration that the seat's record tells. */
  const said = (draft: Trace): { [key: string]: Json } => draft.header.seats[0]!.configuration as { [key: string]: Json };

  it('come again, every one of them', async () => {
    for (const each of [trace, traces.at(-1)!]) {
      const found = await account(each);
      const all = decisionsOf(each, 0).length;
      expect(found).to.deep.equal({ decisions: all, compared: all, equal: all, left: 0, unanswered: 0, not: [] });
    }
    expect(decisions).to.be.greaterThan(5);
  });

  it('come again with past turns and drawn by a seed, too', async () => {
    const part = measuredPart(published.plan('answered')!);
    const own = part.configurations[0] as Configuration;
    const configuration = { ...own, request: { ...own.request, memory: 2, temperature: 0.7, seed: 5 } };
    const [planned] = await plannedOf({ ...part, configurations: [configuration] });
    const [drawn] = await answeredCells(configuration, planned!.patient);
    const all = decisionsOf(drawn!, 0).length;
    expect(await account(drawn!)).to.include({ decisions: all, compared: all, equal: all });
    // Another seed is another configuration.
    const bare = structuredClone(drawn!);
    (said(bare)['request'] as { seed: number }).seed = 6;
    expect((await account(bare)).not[0]!.why).to.match(/^it was played as/);
  });

  it('that were changed are found, by the number of the decision', async () => {
    const { seq } = acts(trace)[3]!;
    const words = await account(forged((draft) => (acts(draft)[3]!.telemetry!.answer += ' ')));
    expect(words).to.include({ compared: decisions, equal: decisions - 1 });
    expect(words.first).to.include({ seq });
    // The words as they were, and another action than they say, in a world that follows from it.
    const { draft, seq: last } = withOtherAction(trace, task);
    expect(replayFault(replayTrace(draft))).to.equal(null);
    const action = await account(draft);
    expect(action).to.include({ compared: decisions, equal: decisions - 1 });
    const same = JSON.stringify(acts(trace).at(-1)!.telemetry!.answer);
    expect(differenceText(action.first!)).to.include(`decision ${last}: this model at this precision answers ${same}, read as `).and.include(`recorded is ${same}, read as `); // prettier-ignore
  });

  it('of another precision, or of other weights, under this identity are found', async () => {
    const configuration = loadConfiguration('1m-bf16');
    const claimed = await recordOf(task, modelPlayer({ ...configuration, name: '1m-fp4' }));
    // At two precisions it mostly answers alike; in this match it is known not to.
    const patient = traces.at(-1)!;
    const precision = await account(forged((draft) => Object.assign(said(draft), claimed.configuration), patient));
    expect(precision.compared).to.equal(decisionsOf(patient, 0).length);
    expect(precision.equal).to.be.lessThan(precision.compared);
    // A folder of the same name in which one weight is another.
    const folder = join(root, 'models', 'tb-1m');
    cpSync(join(packageRoot(), 'models', 'tb-1m'), folder, { recursive: true });
    const weights = join(folder, 'model.safetensors');
    const bytes = readFileSync(weights);
    for (let at = bytes.length >> 1; at < bytes.length; at += 2) bytes[at] = bytes[at]! ^ 0x40;
    writeFileSync(weights, bytes);
    const model = { ...loadConfiguration('1m-fp4'), name: '1m-fp4' };
    const altered = await recordOf(
      task,
      modelPlayer({ ...model, endpoint: { ...model.endpoint, model: folder } as typeof model.endpoint }),
    );
    const other = await account(forged((draft) => Object.assign(said(draft), altered.configuration)));
    expect(other.compared).to.equal(decisions);
    expect(other.equal).to.be.lessThan(decisions);
    // The package's own model of the same name is found all the same: by its identity.
    expect((await account(trace)).equal).to.equal(decisions);
    rmSync(folder, { recursive: true });
  });

  it('that cannot come again are counted, with why', async () => {
    const why = async (change: (told: { [key: string]: Json }, draft: Trace) => void): Promise<string> => {
      const { decisions: all, compared, equal, left, unanswered, not } = await account(forged((draft) => change(said(draft), draft)));
      expect([all, compared, equal, left, unanswered, not.length, not[0]!.count]).to.deep.equal([decisions, 0, 0, 0, 0, 1, decisions]);
      return not[0]!.why;
    };
    const asked = (change: object) => (told: { [key: string]: Json }) => Object.assign(told['request'] as object, change);
    expect(await why((told) => ((told['endpoint'] as { model: string }).model = 'giant-400b'))).to.equal('no model "giant-400b" lies here');
    expect(await why((told) => ((told['endpoint'] as { model: string }).model = '../models/tb-1m'))).to.match(/^no model/);
    expect(await why((told) => (told['prompt'] = 'mine.txt'))).to.match(/its prompt is a file of its own/);
    expect(await why((told) => (told['identity'] = '0'.repeat(16)))).to.match(/^it was played as 0{16}, and tb-1m as it lies here is/);
    expect(await why((told) => ((told['endpoint'] as { precision: Json }).precision = 'fp3'))).to.match(/^the model cannot be used here/);
    expect(await why(asked({ temperature: 0.5 }))).to.equal('its answers were drawn at temperature 0.5 without a seed');
    expect(await why((told, { header }) => (asked({ temperature: 0.5, seed: 1 })(told), (header.host = { node: 'v0' })))).to.match(/by another version of Node/); // prettier-ignore
    expect(await why((told) => (told['endpoint'] = { kind: 'openai', url: 'http://x/v1', model: 'm', extra: {} }))).to.equal('its model is no embedded one'); // prettier-ignore
    expect(await why((told) => (told['team'] = 'adaptive'))).to.match(/^a team of configurations plays/);
    expect(await why((_, draft) => (draft.footer!.results.reward[0]! += 1))).to.match(/^it is not as it says: results/);
  });

  it('are drawn where there are too many, by a key and the trace, and the others are counted as left out', async () => {
    const some = { decisions: 3, seconds: 600 };
    const first = await account(trace, some);
    expect(first).to.include({ decisions, compared: 3, equal: 3, left: decisions - 3 });
    expect(await account(trace, { decisions: 3, seconds: 0 })).to.include({ compared: 0, left: decisions });
    // Which three: found by forging all of them. The same key draws the same ones of a trace, and says nothing of another trace's.
    const drawnBy = async (key: string, textHash: string): Promise<number[]> => {
      const draw = traceDraw(key, textHash);
      const all = forged((draft) => acts(draft).forEach((act) => (act.telemetry!.answer += ' ')));
      const seqs: number[] = [];
      for (let count = 1; count <= 3; count++) seqs.push((await account(all, { decisions: count, seconds: 600 }, draw)).first!.seq);
      return seqs;
    };
    const draws = [await drawnBy('x', 'a'), await drawnBy('x', 'a'), await drawnBy('y', 'a'), await drawnBy('x', 'b')];
    expect(draws[0]).to.deep.equal(draws[1]);
    expect(new Set(draws.map(String)).size).to.be.greaterThan(1);
  });

  it('are asked with the past turns that their calls carried, as far as the trace tells them', () => {
    const told = (change: (draft: Trace) => void, memory: number) => recordedDecisions(forged(change), task, 0, memory).decisions;
    const turns = (decision: (typeof plain)[number] | undefined) => (decision && 'text' in decision ? decision.past.map(({ answer }) => answer) : 'none'); // prettier-ignore
    const plain = told(() => undefined, 2);
    const answers = answered(trace).map(({ telemetry }) => telemetry!.answer!);
    expect(plain.length).to.equal(answers.length);
    plain.forEach((each, i) => expect(turns(each)).to.deep.equal(answers.slice(Math.max(0, i - 2), i)));
    // Words that were written out, and an answer that may have crossed its deadline, are not known; after two more they no longer matter.
    const written = told((draft) => (answered(draft)[1]!.telemetry!.answer = 'a\\u001bb'), 2);
    expect(written.slice(1, 5).map((each) => 'why' in each)).to.deep.equal([false, true, true, false]);
    const missed = told((draft) => {
      const at = draft.events.findIndex((event) => event === answered(draft)[1]);
      const { seat, seq, at: when, latencyUs } = answered(draft)[1]!;
      draft.events[at] = { kind: 'miss', seat, seq, at: when, latencyUs };
    }, 1);
    expect(missed.slice(1, 4).map((each) => ('unanswered' in each ? 'missed' : 'why' in each ? 'unknown' : 'asked'))).to.deep.equal(['missed', 'unknown', 'asked']); // prettier-ignore
  });

  it('are compared by tickbench verify --answers, match by match', async () => {
    const folder = join(root, 'two');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.jsonl.gz'), gzipSync(traceText(trace)));
    const { draft, seq } = withOtherAction(trace, task);
    writeFileSync(join(folder, 'b.jsonl.gz'), gzipSync(traceText(draft)));
    writeFileSync(join(folder, 'c.void-1.jsonl.gz'), 'set aside');
    const { code, out, err } = await tickbench(['verify', folder, '--answers', '--json'], root);
    expect([code, err]).to.deep.equal([1, '']);
    const { matches, all } = JSON.parse(out) as { matches: { trace: string; answers: AnswersAccount }[]; all: AnswersAccount };
    expect(matches.map(({ trace: name, answers }) => [name, answers.equal, answers.first?.seq])).to.deep.equal([
      ['a.jsonl.gz', decisions, undefined],
      ['b.jsonl.gz', decisions - 1, seq],
    ]);
    expect(all).to.include({ compared: 2 * decisions, equal: 2 * decisions - 1 });
    const nowhere = await verifyAnswers(join(root, 'nowhere'), {}).then(() => 'nothing', (error: Error) => error.message); // prettier-ignore
    expect(nowhere).to.match(/nowhere: no such file or folder; a sweep's folder, a folder of traces or a trace is expected$/);
  });

  it('of a seat of nobody’s are not looked for', async () => {
    const bot = { header: { seats: [{ name: 'b', kind: 'bot' as const, addedUs: 0, configuration: { bot: 'random' } }], host: {} } };
    expect(await configurationHere(bot.header, 0, task)).to.deep.equal({ why: 'its model is no embedded one' });
  });

  it('are told in an account that leaves nothing out, together too', () => {
    const part = fc.nat(50);
    const one = fc
      .record({
        equal: part,
        different: part,
        left: part,
        unanswered: part,
        not: fc.array(fc.record({ why: fc.constantFrom('a', 'b', 'c'), count: part }), { maxLength: 3 }),
      }) // prettier-ignore
      .map(({ equal, different, left, unanswered, not }): AnswersAccount => {
        const decisions = equal + different + left + unanswered + not.reduce((sum, { count }) => sum + count, 0);
        return { decisions, compared: equal + different, equal, left, unanswered, not };
      });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), (accounts) => {
        const all = together(accounts);
        expect(all.compared + all.left + all.unanswered + all.not.reduce((sum, { count }) => sum + count, 0)).to.equal(all.decisions);
        expect(new Set(all.not.map(({ why }) => why)).size).to.equal(all.not.length);
        expect(accountText(all)).to.include(all.compared > 0 ? `${all.equal} of ${all.compared} equal` : 'none compared');
      }),
    );
  });
});
