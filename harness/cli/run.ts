/** `tickbench run TASK`: plays one match between named agents, and says how it went. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { randomBytes } from 'node:crypto';
import { join, relative } from 'node:path';
import type { AnyTask } from '../../envs/environment.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { secretSeed } from '../match/secret-seed.js';
import { PATIENT_TIMEOUT_US } from '../match/patient.js';
import { patientPlayer } from '../seating/patient.js';
import { embeddedAmong, parseSeat, playersOf, type SeatSpec } from '../seating/seats.js';
import { checkPlayers, usualPlayer } from '../seating/seating.js';
import { addMarketFlags, optionsOf, ruledBy, type MarketFlags } from './market/run.js';
import { placeForTrace } from './match/played.js';
import { addReadingFlags, checkReading, type ReadingFlags } from './match/reading.js';
import { playSingle } from './match/single.js';
import { announcement, RunProgress } from './run-progress.js';
import { jsonObject, portNumber, positive, timerSeconds, UsageError, whole } from './values.js';

/** The page's port when none is given. */
const PAGE_PORT = 7070;

interface RunFlags extends MarketFlags, ReadingFlags {
  seat: string[];
  opponent: string[];
  seed?: number;
  wait?: number;
  allowHost: string[];
  clock?: 'wall' | 'virtual';
  speed: number;
  patient?: boolean;
  jitterBudget?: number;
  timeout?: number;
  watch?: number;
  port: number;
  host: string;
  trace?: string;
  checkpointEvery?: number;
  json?: boolean;
}

const gather = (value: string, before: string[]): string[] => [...before, value];

/** The verb, for the program that assembles them. */
export function runCommand(): Command {
  const command = new Command('run')
    .argument('<task>', `which task: ${taskNames().join(' or ')}`)
    .option(
      '--seat <agent>',
      'who plays, once for each seat: bot:NAME[:ERROR%][@DELAY][+DELAY], model:FILE.yaml[+DELAY], stranger[:NAME], human[:NAME] (at the keyboard, on the page); then ,feed=LATENCY ,entry=LATENCY ,response=LATENCY (2ms, 1ms~3ms or a file), and a model ,outage=TIME (its engine is killed then and started again) or ,outage=TIME/TIME (another endpoint is cut off then for so long)',
      gather,
      [],
    )
    .option('--opponent <agent>', 'who plays the seats that are left', gather, [])
    .option(
      '--seed <n>',
      "the world's seed (default: 1; drawn when a stranger or a human plays: a seed that can be guessed tells the future)",
      whole,
    )
    .option('--clock <clock>', 'wall or virtual (default: virtual with an embedded model, else wall)', clockName)
    .option('--speed <x>', 'world seconds a real second', positive, 1)
    .option(
      '--patient',
      'the clock waits: whoever is given no latency is charged the same small one, which the task says, whatever it takes (virtual clock, life speed)',
    )
    .option(
      '--jitter-budget <ms>',
      'void the match where round trips to a stranger’s agent vary by more real milliseconds (p90 less the least); without it they are told and void nothing',
      positive,
    )
    .option(
      '--timeout <s>',
      'world seconds after which an unanswered observation is missed (default: 5; 60 where the task waits for every answer)',
      positive,
    )
    .option('--options <json>', "the task's options, as JSON", jsonObject);
  return addReadingFlags(addMarketFlags(command))
    .addOption(
      new Option('--watch [port]', `open a page on which the match can be watched (port ${PAGE_PORT} when none is given)`)
        .argParser(portNumber)
        .preset(String(PAGE_PORT)),
    )
    .option('--port <n>', 'port of the match server (0: any free one)', portNumber, 0)
    .option('--host <address>', 'address of the match server; 0.0.0.0 lets strangers in from other machines', '127.0.0.1')
    .option('--wait <s>', 'how long a stranger or a human may take to connect (default: 600)', timerSeconds)
    .option('--allow-host <name>', 'a name under which the match server may be reached, beside its addresses', gather, [])
    .option('--trace <file>', 'where the trace goes (default: results/matches/ID.jsonl.gz)')
    .option(
      '--checkpoint-every <s>',
      'write a checkpoint so often, in real seconds, each in place of the one before (match restore goes on from it)',
      timerSeconds,
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  $ tickbench run fighter --seat bot:expert@18f --opponent bot:rush@300ms --speed 4
  $ tickbench run hft --seat model:fpx-configs/1m-fp8.yaml --speed 20
  $ tickbench run hft --seat bot:expert@100ms,feed=2ms,entry=1ms~3ms,response=delays.txt
  $ tickbench run hft --seat model:fpx-configs/1m-fp8.yaml,outage=5s --speed 5     (kills the engine after 5 s of world time)
  $ tickbench run hft --options '{"seats":2,"market":{"kind":"synthetic","preset":"large-tick"}}' --seat bot:maker@5ms --seat bot:sniper@1ms
  $ tickbench run hft --market ohlc:AMZN.json,NVDA.json --from 10:00 --minutes 5 --speed 5
  $ tickbench run hft --market lobster:AMZN_message_10.csv,AMZN_orderbook_10.csv --minutes 10 --speed 5
  $ tickbench run hft --rules paper --market ohlc:AMZN.json,NVDA.json --seat bot:swing@700ms
  $ tickbench run fighter --seat human --opponent bot:expert@200ms --watch
  $ tickbench run fighter --seat stranger:mine --wait 60     (prints the line that starts examples/agent.py with a token)`,
    )
    .action(run);
}

async function run(taskName: string, flags: RunFlags): Promise<void> {
  const task = ruledBy(taskNamed(taskName), flags);
  checkFlags(task, flags);
  // Large files take a while; elsewhere than on a terminal nobody waits for a sign of life.
  if (flags.market !== undefined && process.stderr.isTTY) process.stderr.write(`reading ${flags.market}\n`);
  const { options, market } = await optionsOf(task, flags);
  const specs = seatsOf(task, options, flags);
  if (flags.patient && specs.some(({ outage }) => outage))
    throw new UsageError('--patient: the clock waits, so that no outage can cost time; accepted: a seat without outage=');
  const human = specs.some((spec) => spec.kind === 'human');
  if (flags.jitterBudget !== undefined && !specs.some(({ kind }) => kind === 'stranger'))
    throw new UsageError('--jitter-budget: it is for the way to a stranger’s agent; accepted: with --seat stranger[:NAME]');
  if (human) checkHuman(task, flags);
  checkReading(task, flags, { models: specs.filter(({ kind }) => kind === 'model').length, by: '--seat model:FILE.yaml' });
  const id = `${task.name}-${new Date()
    .toISOString()
    .replace(/[^0-9]/g, '')
    .slice(0, 14)}-${randomBytes(3).toString('hex')}`; // a name that says no seed: agents are told it
  const tracePath = placeForTrace(flags.trace ?? join('results', 'matches', `${id}.jsonl.gz`));
  const players = playersOf(specs, flags).map((player) =>
    flags.patient && player.givenUs === undefined ? patientPlayer(task, player) : player,
  );
  const embedded = embeddedAmong(players).length;
  const clock = flags.clock ?? (flags.patient || task.lacks?.wallClock !== undefined || (!human && embedded > 0) ? 'virtual' : 'wall');
  checkPlayers(task, players, clock);
  const outsider = specs.some(({ kind }) => kind === 'stranger' || kind === 'human');
  const { seed = outsider ? secretSeed() : 1, speed } = flags;
  const shown = relative(process.cwd(), tracePath);
  const progress = new RunProgress(process.stderr, task.lengthUs(options));
  progress.say(
    announcement({ task, options, players, clock, speed, patient: flags.patient, seed: outsider ? flags.seed : seed, trace: shown }),
  );
  if (task.lacks?.oracle !== undefined) progress.say(`${task.title}.`);
  if (market) progress.say(`${market.summary}${market.book ? `. The book around these bars is ${market.book}` : ''}.`);
  const usualS = task.lacks?.wallClock === undefined ? 5 : 60;
  const timeoutUs = flags.timeout === undefined && flags.patient ? PATIENT_TIMEOUT_US : Math.round((flags.timeout ?? usualS) * 1_000_000);
  await playSingle({
    task,
    match: {
      ...{ id, task: task.name, options, seed, clock, speed, timeoutUs, players, tracePath },
      ...(flags.patient ? { patient: true as const } : {}),
      ...(flags.jitterBudget === undefined ? {} : { jitterUs: Math.max(1, Math.round(flags.jitterBudget * 1000)) }),
    },
    listen: { port: flags.port, host: flags.host, allowHosts: flags.allowHost },
    waitS: flags.wait,
    page: flags.watch !== undefined || human ? { port: flags.watch ?? PAGE_PORT, isPlayed: human } : undefined,
    checkpointEveryS: flags.checkpointEvery,
    market,
    progress,
    json: flags.json === true,
  });
}

/** Refuses what a task cannot do, before anything starts. @throws UsageError */
function checkFlags({ lacks }: AnyTask, flags: RunFlags): void {
  if (flags.clock === 'wall' && lacks?.wallClock !== undefined)
    throw new UsageError(`--clock wall: ${lacks.wallClock}; accepted: --clock virtual`);
  if (flags.patient && (flags.clock === 'wall' || flags.speed !== 1))
    throw new UsageError('--patient: the clock waits; accepted: --clock virtual, and no --speed');
  if (flags.watch !== undefined && lacks?.page !== undefined) throw new UsageError(`--watch: ${lacks.page}`);
}

/** A human plays where there is a keyboard for it, while the clock runs. @throws UsageError */
function checkHuman(task: AnyTask, flags: RunFlags): void {
  if (task.lacks?.keyboard !== undefined) {
    const accepted = taskNames().filter((name) => taskNamed(name).lacks?.keyboard === undefined);
    throw new UsageError(`--seat human: ${task.name} ${task.lacks.keyboard}; accepted: ${accepted.join(', ')}`);
  }
  if (flags.clock === 'virtual') throw new UsageError('--seat human: a human sees the world run on; accepted: --clock wall');
}

/** The seats asked for, filled up by the task's usual opponents. @throws UsageError */
function seatsOf(task: AnyTask, options: unknown, flags: RunFlags): SeatSpec[] {
  const tickUs = task.tick(options).us;
  const named = [...flags.seat, ...flags.opponent].map((text) => parseSeat(text, tickUs));
  const seats = task.seats(options);
  if (named.length > seats)
    throw new UsageError(`${task.name} has ${seats} seat${seats === 1 ? '' : 's'} with these options, ${named.length} agents were named`);
  for (let seat = named.length; seat < seats; seat++) named.push(usualPlayer(task, seat));
  return named;
}

function clockName(text: string): 'wall' | 'virtual' {
  if (text === 'wall' || text === 'virtual') return text;
  throw new InvalidArgumentError('wall or virtual is expected');
}
