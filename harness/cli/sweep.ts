/** `tickbench sweep PLAN`: plays a sweep plan, or goes on with it, and prints each task's table. */
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { monotonicUs } from '../host/clock.js';
import { describeHost } from '../host/description.js';
import { MatchServer } from '../protocol/server.js';
import { configurationSchema, ConfigurationError, explain, type Configuration } from '../configuration/configuration.js';
import { loadPlan } from '../sweep/plan.js';
import { summaryOf, writeReport } from '../sweep/report.js';
import { Sweep } from '../sweep/run.js';
import { SweepStore } from '../sweep/store.js';
import { renderDetails, renderTable } from '../sweep/table.js';
import { terminalColumns, wrapped } from '../report/text.js';
import { verdictsOf } from '../report/verdict.js';
import { taskNamed } from '../match/tasks.js';
import { PageError, startPage } from './page.js';
import { jsonObject, portNumber, positive } from './values.js';

interface SweepFlags {
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
  workers: number;
  wide?: boolean;
  json?: boolean;
}

export function sweepCommand(): Command {
  return new Command('sweep')
    .argument('[plan]', 'a plan by name (fpx-configs/NAME.yaml) or file', 'quick')
    .description('play every configuration and bot of a plan on its tasks and map the frontier; run again to resume')
    .option('--endpoint <url>', 'also play an OpenAI-compatible server, in wall-clock time')
    .option('--model <name>', 'its model')
    .option('--key-env <name>', 'the environment variable that holds its key (OPENAI_API_KEY is used when it is set)')
    .option(
      '--extra <json>',
      'extra fields of each request, for example \'{"chat_template_kwargs":{"enable_thinking":false}}\'',
      jsonObject,
    )
    .option('--prompt <name>', 'the wording for --endpoint: plain, terse, reference, or a file', 'plain')
    .option('--max-tokens <n>', 'tokens an answer of --endpoint may have', positive, 64)
    .option('--max-calls <n>', 'most calls to --endpoint', positive)
    .option('--max-cost <amount>', 'most money for --endpoint (needs --price-in and --price-out)', positive)
    .option('--price-in <amount>', 'price of 1000 prompt tokens', positive)
    .option('--price-out <amount>', 'price of 1000 answer tokens', positive)
    .option('--out <folder>', 'where results go (default: results/PLAN)')
    .option('--port <n>', 'port of the watching page', portNumber, 7070)
    .option('--no-page', 'without the watching page')
    .option('--workers <n>', 'threads of the oracle, after everything is measured', positive, availableParallelism())
    .option('--wide', 'print every figure with its interval and sample size, too')
    .option('--json', 'print the summary as JSON instead of tables')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tickbench sweep quick\n  $ tickbench sweep quick --endpoint http://127.0.0.1:8000/v1 --model Qwen/Qwen2.5-7B-Instruct --max-calls 2000',
    )
    .action(sweep);
}

async function sweep(name: string, flags: SweepFlags): Promise<void> {
  const plan = loadPlan(name);
  if (flags.endpoint) plan.configurations.push(externalConfiguration(flags));
  else if (flags.model) throw new ConfigurationError('--model needs --endpoint: the address of the server that has it');
  if (flags.maxCost !== undefined && (flags.priceIn === undefined || flags.priceOut === undefined)) {
    throw new ConfigurationError('--max-cost needs --price-in and --price-out: the price of 1000 tokens each way');
  }
  const store = new SweepStore(resolve(flags.out ?? join('results', plan.name)));
  const server = await MatchServer.listen({});
  const page = flags.page ? await openPage(server, store.folder, flags.port) : undefined;
  const stop = new AbortController();
  const onSignal = (): void => stop.abort('interrupted');
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    say(
      `plan ${plan.name}: ${plan.configurations.length} model configurations, tasks ${plan.tasks.map((task) => task.name).join(' and ')}; results in ${shown(store.folder)}`,
    );
    const shared =
      availableParallelism() < 4
        ? ' (a browser on this host takes cores that are measured: what it disturbs is played again, or void)'
        : '';
    if (page) say(`watch the current match: ${page.url}${shared}`);
    const runner = new Sweep({
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
      signal: stop.signal,
    });
    const reports = await runner.run();
    const summary = summaryOf(plan.name, reports, describeHost());
    writeReport(store, reports, summary);
    const { drawFrontier } = await import('../sweep/chart.js'); // a large library: loaded when there is something to draw
    for (const report of reports) {
      const picture = drawFrontier(report);
      if (!picture) {
        say(`no picture of ${report.task.name}: nothing has both a latency and a probe quality`);
        continue;
      }
      store.write(`frontier-${report.task.name}.svg`, picture.svg);
      store.write(`frontier-${report.task.name}.png`, picture.png);
    }
    if (flags.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    else for (const report of reports) process.stdout.write(`\n${shownReport(report, flags.wide === true)}\n`);
    say(
      wrapped(
        `\nEvery figure with its interval: --wide, and ${shown(store.folder)} (cells.csv, cells.json, summary.json, frontier-*.svg, frontier-*.png, traces/).`,
        terminalColumns(process.stderr),
      ),
    );
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    page?.stop();
    await server.close();
  }
}

/** A task's report as it fits this terminal. */
function shownReport(report: Awaited<ReturnType<Sweep['run']>>[number], wide: boolean): string {
  const task = taskNamed(report.task.name);
  const columns = terminalColumns();
  const short = renderTable(task, report, verdictsOf(task, report), columns);
  if (!wide) return short;
  return `${short}\n\n${renderDetails(task, task.tick(task.parseOptions(report.task.plan.options)), report, columns)}`;
}

/** The configuration that `--endpoint` and its flags describe, checked like a file. @throws ConfigurationError */
function externalConfiguration(flags: SweepFlags): Configuration {
  if (!flags.model) throw new ConfigurationError('--endpoint needs --model: the name under which the server knows its model');
  const keyEnv = flags.keyEnv ?? (process.env['OPENAI_API_KEY'] ? 'OPENAI_API_KEY' : undefined);
  const name = flags.model
    .split('/')
    .at(-1)!
    .replace(/[^A-Za-z0-9._ -]/g, '-')
    .slice(0, 40);
  const parsed = configurationSchema.omit({ latency: true }).safeParse({
    name,
    endpoint: { kind: 'openai', url: flags.endpoint, model: flags.model, keyEnv, extra: flags.extra ?? {} },
    request: { maxTokens: flags.maxTokens },
    prompt: flags.prompt,
  });
  if (!parsed.success) throw new ConfigurationError(`--endpoint, --model or their settings:\n${explain(parsed.error)}`);
  return parsed.data;
}

/** A page that cannot start is told, and the sweep goes on without it. */
async function openPage(server: MatchServer, results: string, port: number): Promise<Awaited<ReturnType<typeof startPage>> | undefined> {
  try {
    return await startPage({ match: `${server.url}/watch`, results: resolve(results, '..'), port });
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
