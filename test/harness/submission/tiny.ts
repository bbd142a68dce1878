/**
 * A tiny sweep for tests of submissions: five short matches of a market, really played, by a bot that says it is a model: the lie that no replay
 * can find. And a forger's tools: traces written anew with a chain that is whole.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { playMatch } from '../../../harness/match/match.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { collect, type Collected } from '../../../harness/submission/collect.js';
import { bytesHash, writeBundle } from '../../../harness/submission/bundle.js';
import { passingKeys, type Keys } from '../../../harness/submission/keys.js';
import { manifestSchema, type Manifest } from '../../../harness/submission/manifest.js';
import { PublishedPlans, termsOf } from '../../../harness/submission/terms.js';
import { chained } from '../../../harness/traces/format.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import type { Action } from '../../../envs/environment.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { linkedAgent } from '../match/players.js';

const PLAN = `plan: tiny
tasks:
  hft:
    speed: 2
    seeds: { first: 100, count: 5 }
    confirmSeeds: { first: 200, count: 0 }
    timeoutMs: 10000
    options: { durationUs: 1500000, gridUs: 100000, market: { kind: synthetic, preset: news-wire } }
    patient: { matches: 0 }
    probes: 0
    oracleDecisions: 0
`;

/**
 * The same for an embedded model that really answers (see ../answers/answered.ts): long enough for it to do more than wait. In the patient match, which
 * comes out the same on every host, it answers otherwise at another precision.
 */
const ANSWERED_PLAN = PLAN.replace('plan: tiny', 'plan: answered\nconfigurations: [1m-fp4.yaml]')
  .replace('first: 100', 'first: 114')
  .replace('1500000, gridUs: 100000', '5000000, gridUs: 500000')
  .replace('{ matches: 0 }', '{ matches: 1, options: { durationUs: 15000000, gridUs: 500000 } }');

/** What the model says it is. */
const CONFIGURATION = { endpoint: { kind: 'embedded', model: 'giant-400b', precision: 'fp4' }, prompt: 'reference' };

export interface Tiny {
  folder: string;
  /** Its plan is published in this folder. */
  plans: string;
  published: PublishedPlans;
  traces: Trace[];
}

export const SEEDS = [100, 101, 102, 103, 104];

/** A trace as its file has it, with a chain of hashes that is whole. */
export function traceText({ header, events, footer }: Trace): string {
  const lines = [JSON.stringify({ header })];
  const seconds = new Map<number, unknown[]>();
  for (const event of events) {
    const second = Math.floor(event.at / 1_000_000);
    seconds.set(second, [...(seconds.get(second) ?? []), event]);
  }
  for (const [second, block] of seconds) lines.push(chained(lines.at(-1)!, JSON.stringify({ second, events: block })));
  if (footer) lines.push(chained(lines.at(-1)!, JSON.stringify({ footer })));
  return `${lines.join('\n')}\n`;
}

/** A changed copy, for which the forger plays the world again and writes down what comes out. */
export function forged(trace: Trace, change: (draft: Trace) => void, isReckoned = true): Trace {
  const draft = structuredClone(trace);
  change(draft);
  if (isReckoned) draft.footer!.digest = replayTrace(draft).digest;
  return draft;
}

/** The plan, published in a folder of its own; `root` is what a test deletes. */
export function tinyPlans(): { root: string; plans: string; published: PublishedPlans } {
  const root = mkdtempSync(join(tmpdir(), 'tickbench-tiny-'));
  const plans = join(root, 'plans');
  mkdirSync(plans);
  writeFileSync(join(plans, 'tiny.yaml'), PLAN);
  writeFileSync(join(plans, 'answered.yaml'), ANSWERED_PLAN);
  return { root, plans, published: new PublishedPlans(plans) };
}

/** What a bundle says that lists every match of the plan, and for which nothing was played: each of its traces is a hash alone. */
export function tinyManifest(published: PublishedPlans, names: readonly string[] = ['alpha']): Manifest {
  const own = published.plan('tiny')!.tasks[0]!.plan;
  return manifestSchema.parse({
    tickbench: 'bundle.v1',
    submitter: { name: 'Ann Example' },
    key: passingKeys().publicText,
    program: 'tickbench 0',
    madeAt: '2026-01-31T12:00:00Z',
    plan: { name: 'tiny', tasks: { hft: termsOf(own) } },
    entries: names.map((name) => ({
      task: 'hft',
      name,
      kind: 'model',
      about: {},
      configuration: CONFIGURATION,
      traces: SEEDS.map((seed) => ({ seed, purpose: 'measure', hash: bytesHash(Buffer.from(`${name} ${seed}`)) })),
    })),
  });
}

/** Plays the matches, and writes them as a sweep does. */
export async function tinySweep(name = 'alpha'): Promise<Tiny> {
  const { root, plans, published } = tinyPlans();
  const folder = join(root, 'tiny');
  const { plan } = published.plan('tiny')!.tasks[0]!;
  const task = taskNamed('hft');
  const server = await MatchServer.listen();
  const traces: Trace[] = [];
  try {
    for (const seed of SEEDS) {
      const token = `${name}-${seed}`;
      const policy = task.bots.find((bot) => bot.name === 'momentum')!.create({ seed });
      const { link } = await linkedAgent(server, token, async (observation) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        const { plan: chosen, standing } = policy.decide(observation.state) as Action<object>;
        return { plan: chosen, ...(standing === undefined ? {} : { standing }) };
      });
      const seats = [{ token, record: { name, kind: 'model' as const, addedUs: 0, configuration: CONFIGURATION } }];
      const trace = await playMatch(server, { id: `hft-${name}-${seed}`, task: 'hft', options: plan.options, seed, clock: 'virtual', speed: 2, timeoutUs: 10_000_000, seats }); // prettier-ignore
      link.close();
      traces.push(calm(trace));
    }
  } finally {
    await server.close();
  }
  return { folder: sweepFolder(folder, traces), plans, published, traces };
}

/** A test's host may be busy, which would void the match: what was waited for a processor is left out. */
export function calm(trace: Trace): Trace {
  const events = trace.events.map((event) => {
    const { wait: _, ...rest } = event as typeof event & { wait?: unknown };
    return rest as typeof event;
  });
  return { ...trace, events, footer: { ...trace.footer!, verdict: { counts: true, reasons: [] } } };
}

/** A sweep's folder with these traces, and without a summary: a bundle needs none. @param folder named as its plan @param packed how a trace's text becomes its file */
export function sweepFolder(
  folder: string,
  traces: readonly Trace[],
  packed: (text: string, i: number) => Buffer = (text) => gzipSync(text),
): string {
  // prettier-ignore
  mkdirSync(join(folder, 'traces'), { recursive: true });
  const cells = traces.map(({ header }, i) => {
    const trace = `traces/${i}.jsonl.gz`;
    writeFileSync(join(folder, trace), packed(traceText(traces[i]!), i));
    return { task: header.task, configuration: header.seats[0]!.name, kind: 'embedded', purpose: 'measure', seed: SEEDS[i] ?? header.seed, seat: 0, trace }; // prettier-ignore
  });
  writeFileSync(join(folder, 'cells.json'), JSON.stringify({ tickbench: 'cells.v1', cells }));
  return folder;
}

let bundles = 0;

/** A bundle of a sweep's folder. @param change of what it says, before it is signed */
export async function tinyBundle(
  { folder, published }: Pick<Tiny, 'folder' | 'published'>,
  { keys = passingKeys(), name = 'Ann Example', change }: { keys?: Keys; name?: string; change?: (collected: Collected) => void } = {},
): Promise<string> {
  const collected = await collect(folder, { name, key: keys.publicText, madeAt: '2026-01-31T12:00:00Z' }, published);
  change?.(collected);
  const path = join(folder, '..', `bundle-${++bundles}.tar`);
  await writeBundle(path, collected.manifest, keys, (hash) => collected.paths.get(hash)!);
  return path;
}
