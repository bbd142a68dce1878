/** `tickbench sweep PLAN`: plays a sweep plan, or goes on with it, and prints each task's table. */
import { availableParallelism } from 'node:os';
import { readdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { monotonicUs } from '../host/clock.js';
import { describeHost } from '../host/description.js';
import { toldOf } from '../host/fault.js';
import { MatchServer } from '../protocol/server.js';
import { configurationSchema, ConfigurationError, explain, type Configuration } from '../configuration/configuration.js';
import { GRID_RULES } from '../sweep/grid.js';
import { expandedPlan, loadPlan, planJsonSchema } from '../sweep/plan.js';
import { overheadText, type Overhead } from '../agents/calibration.js';
import { summaryOf, writeReport } from '../sweep/report.js';
import { lockFolder } from '../sweep/lock.js';
import { Sweep, SweepStopped, type TaskReport } from '../sweep/run.js';
import { SweepStore } from '../sweep/store.js';
import { renderDetails, renderTable } from '../sweep/table.js';
import { unfinishedLines } from '../sweep/unfinished.js';
import { redact } from '../host/secrets.js';
import { SERVER_FORM } from '../database/address.js';
import type { QueueDatabase } from '../queue/connection.js';
import type { Coordinator } from '../queue/coordinator.js';
import { AssetsError } from '../report/html/assets.js';
import { commandText } from '../report/sweep/command.js';
import { contentionCsv, figuresCsv } from '../report/sweep/csv.js';
import { ResultsError } from '../evidence/matches.js';
import { summaryForm } from '../evidence/summary.js';
import { fitted, terminalColumns, wrapped } from '../report/text.js';
import { verdictsOf } from '../report/verdict.js';
import { taskNamed } from '../match/tasks.js';
import { UNFINISHED } from './exit-codes.js';
import { INTERRUPTED, onInterrupt } from './interrupt.js';
import { PageError, startPage } from './page.js';
import { expandGrid, keepConfigurations, withGrid, type GridFlags } from './sweep-grid.js';
import { atLeastOne, jsonObject, portNumber, positive, whole } from './values.js';

interface SweepFlags extends GridFlags {
  endpoint?: string;
  model?: string;
  keyEnv?: string;
  extra?: Record<string, unknown>;
  prompt: string;
  maxTokens: number;
  maxCalls?: number;
  maxCost?: number;
  priceIn?: number;
  priceOut?: number;
  out?: string;
  port: number;
  page: boolean;
  report: boolean;
  workers: number;
  wide?: boolean;
  json?: boolean;
  queue?: string | true;
  attempts?: number;
  schema?: boolean;
  wait?: number;
}

/** How often a cell is tried over a queue unless told. */
const USUAL_ATTEMPTS = 4;

export function sweepCommand(): Command {
  return new Command('sweep')
    .argument('[plan]', 'a plan by name (fpx-configs/NAME.yaml) or file', 'quick')
    .option('--endpoint <url>', 'also play an OpenAI-compatible server, in wall-clock time')
    .option('--model <name>', 'its model')
    .option('--key-env <name>', 'the environment variable that holds its key (OPENAI_API_KEY is used when it is set)')
    .option(
      '--extra <json>',
      'extra fields of each request, for example \'{"chat_template_kwargs":{"enable_thinking":false}}\'',
      jsonObject,
    )
    .option('--prompt <name>', 'the wording for --endpoint: plain, terse, reference, or a file', 'plain')
    .option('--max-tokens <n>', 'tokens an answer of --endpoint may have', atLeastOne, 64)
    .option('--gamma <shares>', 'also play the embedded models with these shares of their linear layers in FP4, such as 0,0.25,0.5,0.75,1')
    .option('--bits <list>', 'also play them at no more than so many bits a weight, such as 5,6,7')
    .addOption(new Option('--rule <rules...>', 'rules of --gamma and --bits, as `fpx assign` has them').choices(GRID_RULES))
    .option('--formats <list>', 'formats of --gamma and --bits (default: fp8,fp4)')
    .option(
      '--calibration <files...>',
      "calibrations for --gamma and --bits (default: MODEL.calibration.json of the plan's embedded models)",
    )
    .option('--max-calls <n>', 'most calls to --endpoint', atLeastOne)
    .option('--max-cost <amount>', 'most money for --endpoint (needs --price-in and --price-out)', positive)
    .option('--price-in <amount>', 'price of 1000 prompt tokens', positive)
    .option('--price-out <amount>', 'price of 1000 answer tokens', positive)
    .option('--out <folder>', 'where results go (default: results/PLAN)')
    .option('--port <n>', 'port of the watching page', portNumber, 7070)
    .option('--no-page', 'without the watching page')
    .option('--no-report', 'without report.html and pictures, some seconds of work; the same command makes them later')
    .option('--workers <n>', 'threads of the oracle, after everything is measured', positive, availableParallelism())
    .option(
      '--queue [address]',
      `hand the cells to workers (tickbench worker): ${SERVER_FORM}, or a folder on this machine (without: DATABASE_URL)`,
    )
    .option('--attempts <n>', `with --queue: how often a cell is tried until it is set aside (default: ${USUAL_ATTEMPTS})`, attempts)
    .option(
      '--wait <minutes>',
      'with --queue: for how long no worker may play anything until the sweep ends without the rest (default: for ever)',
      positive,
    )
    .option('--wide', 'print every figure with its interval and sample size, too')
    .option('--json', 'print the summary as JSON instead of tables')
    .option('--schema', "print the JSON Schema of a plan's file and stop")
    .addHelpText(
      'after',
      '\nExit codes: 0 when every cell was played and counts, 1 for an error, ' +
        `${UNFINISHED} when cells are unfinished: not played or void, because calls failed, the budget was spent or this host was busy ` +
        `(the same command plays them), ${INTERRUPTED} when it was interrupted.\n` +
        '\nExamples:\n  $ tickbench sweep quick\n  $ tickbench sweep quick --endpoint http://127.0.0.1:8000/v1 --model Qwen/Qwen2.5-7B-Instruct --max-calls 2000\n  $ tickbench sweep quick --gamma 0,0.5,1 --calibration tb-4m.calibration.json',
    )
    .action(sweep);
}

function attempts(text: string): number {
  const value = whole(text);
  if (value < 1 || value > 100) throw new InvalidArgumentError('a whole number from 1 to 100 is expected');
  return value;
}

async function sweep(name: string, flags: SweepFlags): Promise<void> {
  if (flags.schema) return void process.stdout.write(`${JSON.stringify(planJsonSchema(), null, 2)}\n`);
  if (flags.out?.trim() === '') throw new ConfigurationError('--out: an empty name; accepted: a folder, or leave it out for results/PLAN');
  const { plan, expanded } = await expandedPlan(withGrid(loadPlan(name), flags), expandGrid);
  if (flags.endpoint) plan.configurations.push(externalConfiguration(flags, plan.configurations));
  else if (flags.model) throw new ConfigurationError('--model needs --endpoint: the address of the server that has it');
  if (flags.maxCost !== undefined && (flags.priceIn === undefined || flags.priceOut === undefined)) {
    throw new ConfigurationError('--max-cost needs --price-in and --price-out: the price of 1000 tokens each way');
  }
  if (flags.queue !== undefined && (flags.maxCalls ?? flags.maxCost) !== undefined)
    throw new ConfigurationError('--max-calls and --max-cost bound the calls of this machine, and with --queue others call; accepted: --max-calls of `tickbench worker`'); // prettier-ignore
  if (flags.queue === undefined && flags.wait !== undefined)
    throw new ConfigurationError('--wait says how long workers are waited for, and without --queue there are none; accepted: with --queue');
  // The database's client is loaded where a queue is asked for.
  if (flags.queue === undefined && flags.attempts !== undefined)
    throw new ConfigurationError(
      '--attempts says how often workers try a cell, and without --queue there are none; accepted: with --queue',
    );
  const remote = flags.queue === undefined ? undefined : await import('../queue/connection.js');
  const address = remote?.queueAddress(flags.queue === true ? undefined : flags.queue, process.env['DATABASE_URL']);
  const say = (line: string): void => void process.stderr.write(`${fitted(redact(line), process.stderr)}\n`);
  for (const each of expanded.same) say(`${each.name} has the map of ${each.as}, which is played once`);
  const store = new SweepStore(resolve(flags.out ?? join('results', plan.name)));
  const unlock = lockFolder(store.folder, say);
  const interrupt = onInterrupt(say);
  const server = await MatchServer.listen({});
  let page: Page | undefined;
  let queue: QueueDatabase | undefined;
  let coordinator: Coordinator | undefined;
  try {
    keepConfigurations(store, expanded);
    say(
      `plan ${plan.name}: ${plan.configurations.length} model configurations, tasks ${plan.tasks.map((task) => task.name).join(' and ')}; results in ${shown(store.folder)}`,
    );
    if (address) {
      queue = await remote!.QueueDatabase.open(address, say);
      const { Coordinator } = await import('../queue/coordinator.js');
      coordinator = await Coordinator.open(queue, {
        plan,
        store,
        mostAttempts: flags.attempts ?? USUAL_ATTEMPTS,
        ...(flags.wait === undefined ? {} : { waitMs: flags.wait * 60_000 }),
        signal: interrupt.signal,
      });
      say(`its cells are played by workers of the queue: ${remote!.shownAddress(address)}`);
    }
    page = flags.page && !address ? await openPage(server, store.folder, flags.port) : undefined;
    const shared =
      availableParallelism() < 4
        ? ' (a browser on this host takes cores that are measured: what it disturbs is played again, or void)'
        : '';
    if (page) say(`watch the current match: ${page.url}${shared}`);
    const runner = await Sweep.prepare({
      plan,
      store,
      server,
      output: {
        stream: process.stderr,
        announce: (frame) => frame.type === 'progress' && server.announce(frame),
        now: () => monotonicUs() / 1000,
      },
      budget: { maxCalls: flags.maxCalls, maxCost: flags.maxCost, inputPer1k: flags.priceIn, outputPer1k: flags.priceOut },
      workers: flags.workers,
      signal: interrupt.signal,
      ...(coordinator ? { elsewhere: coordinator } : {}),
    });
    const reports = await runner.run();
    await report(plan.name, store, reports, runner.overhead, flags, say);
    // Last: a database that refuses, or is away, costs nobody the report.
    if (coordinator) await leaveQueue(coordinator, say);
    coordinator = undefined;
  } catch (error) {
    if (!(error instanceof SweepStopped)) throw error;
    say(`tickbench: ${error.message}`);
    process.exitCode = INTERRUPTED;
  } finally {
    await coordinator?.pause();
    await queue?.close();
    interrupt.done();
    page?.stop();
    await server.close();
    unlock();
  }
}

/** Takes a sweep that is over out of its queue. Where that cannot be done the sweep is as whole as before: it is told. */
async function leaveQueue(coordinator: Coordinator, say: (line: string) => void): Promise<void> {
  try {
    await coordinator.close();
  } catch (error) {
    say(`the sweep is over, and could not be taken out of the queue: ${toldOf(error)}; the same command tries it again`);
  }
}

/** Writes and prints what the sweep found. */
async function report(
  name: string,
  store: SweepStore,
  reports: TaskReport[],
  overhead: Overhead | undefined,
  { json, wide, report: isDrawn }: SweepFlags,
  say: (line: string) => void,
): Promise<void> {
  const summary = { ...summaryOf(name, reports, describeHost()), overhead, command: commandText(process.argv.slice(2)) };
  writeReport(store, reports, summary);
  const written = summaryForm.parse(JSON.parse(JSON.stringify(summary)));
  store.write('figures.csv', figuresCsv(written));
  const isContended = reports.some(({ contended }) => contended.length > 0);
  if (isContended) store.write('contention.csv', contentionCsv(written));
  // Those of an earlier run would pass for this one's.
  for (const each of readdirSync(store.folder)) if (DRAWN.test(each)) rmSync(join(store.folder, each));
  if (isDrawn) await draw(store, reports, say);
  const unfinished = unfinishedLines(reports);
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else {
    for (const each of reports) process.stdout.write(`\n${shownReport(each, wide === true)}\n`);
    if (overhead) process.stdout.write(`\n${wrapped(`In every measured latency: ${overheadText(overhead)}.`, terminalColumns())}\n`);
    for (const line of unfinished) process.stdout.write(`${wrapped(line, terminalColumns())}\n`);
  }
  say(
    wrapped(
      `\nEvery figure with its interval: --wide, and ${shown(store.folder)} (${isDrawn ? 'report.html, frontier-*.svg, frontier-*.png, ' : ''}figures.csv, ${isContended ? 'contention.csv, ' : ''}cells.csv, cells.json, summary.json, traces/).`,
      terminalColumns(process.stderr),
    ),
  );
  // Last, where a terminal still shows it: what was asked for.
  if (!json)
    for (const each of reports)
      for (const { answer, details } of verdictsOf(taskNamed(each.task.name), each)) {
        process.stdout.write(`\n${wrapped(answer, terminalColumns())}\n`);
        for (const detail of details) process.stdout.write(`${wrapped(`-  ${detail}`, terminalColumns())}\n`);
      }
  if (unfinished.length === 0) return;
  const rest = '\nthe sweep is unfinished: some cells were not played, or do not count; the same command plays them';
  say(wrapped(rest, terminalColumns(process.stderr)));
  process.exitCode = UNFINISHED;
}

/** What of a results folder is drawn. */
const DRAWN = /^(?:report\.html|frontier-.+\.(?:svg|png))$/;

/** Each task's frontier as pictures, and the report for people. */
async function draw(store: SweepStore, reports: readonly TaskReport[], say: (line: string) => void): Promise<void> {
  const { drawFrontier } = await import('../sweep/chart.js'); // a large library: loaded when there is something to draw
  for (const each of reports) {
    const picture = drawFrontier(each);
    if (!picture) {
      say(`no picture of ${each.task.name}: nothing has both a latency and a probe quality`);
      continue;
    }
    store.write(`frontier-${each.task.name}.svg`, picture.svg);
    store.write(`frontier-${each.task.name}.png`, picture.png);
  }
  await writePage(store, say);
}

/** The report for people. Without the built pages a sweep is as whole as with them; one that cannot be written is told, and its tables are printed. */
async function writePage(store: SweepStore, say: (line: string) => void): Promise<void> {
  const { REPORT_FILE, writeReportPage } = await import('../report/html/write.js');
  try {
    await writeReportPage(store.folder, join(store.folder, REPORT_FILE));
  } catch (error) {
    if (!(error instanceof AssetsError || error instanceof ResultsError)) throw error;
    if (error instanceof ResultsError) process.exitCode = 1;
    say(`no ${REPORT_FILE}: ${error.message}`);
  }
}

/** A task's report as it fits this terminal. */
function shownReport(report: TaskReport, wide: boolean): string {
  const task = taskNamed(report.task.name);
  const columns = terminalColumns();
  const short = renderTable(task, report, columns);
  if (!wide) return short;
  return `${short}\n\n${renderDetails(task, task.tick(task.parseOptions(report.task.plan.options)), report, columns)}`;
}

/** The configuration that `--endpoint` and its flags describe, checked like a file. @throws ConfigurationError */
function externalConfiguration(flags: SweepFlags, others: readonly { name: string }[]): Configuration {
  if (!flags.model) throw new ConfigurationError('--endpoint needs --model: the name under which the server knows its model');
  const keyEnv = flags.keyEnv ?? (process.env['OPENAI_API_KEY'] ? 'OPENAI_API_KEY' : undefined);
  const name = freeName(flags.model, others);
  const parsed = configurationSchema.omit({ latency: true }).safeParse({
    name,
    endpoint: { kind: 'openai', url: flags.endpoint, model: flags.model, keyEnv, extra: flags.extra ?? {} },
    request: { maxTokens: flags.maxTokens },
    prompt: flags.prompt,
  });
  if (!parsed.success) throw new ConfigurationError(`--endpoint, --model or their settings:\n${explain(parsed.error)}`);
  return parsed.data;
}

/** A name for a model that no other configuration has: its own, with its maker's, or with a number. */
function freeName(model: string, others: readonly { name: string }[]): string {
  const clean = (text: string): string => text.replace(/[^A-Za-z0-9._ -]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  const [short, long] = [clean(model.split('/').at(-1)!), clean(model)];
  const numbered = Array.from({ length: others.length }, (_, i) => `${short.slice(0, 36)}-${i + 2}`);
  const isFree = (name: string): boolean => name !== '' && name.length <= 40 && !others.some((other) => other.name === name);
  return [short, short.slice(0, 40), long, ...numbered].find(isFree) ?? 'external';
}

type Page = Awaited<ReturnType<typeof startPage>>;

/** A page that cannot start is told, and the sweep goes on without it. */
async function openPage(server: MatchServer, results: string, port: number): Promise<Page | undefined> {
  try {
    return await startPage({ match: `${server.url}/watch`, results: resolve(results, '..'), port, givesWay: true });
  } catch (error) {
    if (!(error instanceof PageError)) throw error;
    process.stderr.write(`${error.message}; the sweep goes on without it\n`);
    return undefined;
  }
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short || '.';
}
