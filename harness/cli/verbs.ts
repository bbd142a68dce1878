/** The verbs of `tickbench`, put together. Every verb is a file beside this one. */
import { Command } from 'commander';
import { packageVersion } from '../host/root.js';
import { fittedHelp } from '../report/text.js';

/** The verbs, in the order in which help lists them. Only the one that is used is loaded, none for the list: some stand on large libraries. */
export const VERBS: Record<string, { about: string; load(): Promise<Command> }> = {
  run: { about: 'play one match between named agents', load: async () => (await import('./run.js')).runCommand() },
  match: {
    about: 'checkpoint a match that is being played, and go on with it in another process or on another machine',
    load: async () => (await import('./match/command.js')).matchCommand(),
  },
  sweep: {
    about: 'play every configuration and bot of a plan on its tasks and map the frontier; run again to resume',
    load: async () => (await import('./sweep.js')).sweepCommand(),
  },
  ladder: {
    about: 'play a bot at a ladder of reaction delays and of random shares, in process, and compare the rungs match by match',
    load: async () => (await import('./ladder.js')).ladderCommand(),
  },
  replay: {
    about: 'play a trace again and check everything it says; exits 1 unless it is whole, counts and is as it says',
    load: async () => (await import('./replay.js')).replayCommand(),
  },
  report: {
    about: 'play a match again and tell how each seat traded: yield, risk, fills, markouts, races, queue, fees, refusals',
    load: async () => (await import('./report.js')).reportCommand(),
  },
  rate: {
    about: 'strengths from games of two: who is ahead of whom beyond doubt, who is tied, and who cannot be compared',
    load: async () => (await import('./rate/command.js')).rateCommand(),
  },
  score: {
    about: "score matches by a formula of your own, match by match, so that each configuration's score has an interval",
    load: async () => (await import('./score/command.js')).scoreCommand(),
  },
  cost: {
    about: 'what a match, a decision and a success cost each configuration, by the price in its file and what traces say was used',
    load: async () => (await import('./cost.js')).costCommand(),
  },
  compare: {
    about: 'compare configurations on the seeds that both played: latency, reward, quality, lost play, and whether a difference is real',
    load: async () => (await import('./compare/command.js')).compareCommand(),
  },
  endpoint: {
    about: 'serve a model, or check what an endpoint can do',
    load: async () => (await import('./endpoint.js')).endpointCommand(),
  },
  agent: {
    about: 'connect the built-in model agent, or a bot, to a match server',
    load: async () => (await import('./agent.js')).agentCommand(),
  },
  gateway: {
    about: 'serve programs of calls through several backends, each where its cache is',
    load: async () => (await import('./gateway.js')).gatewayCommand(),
  },
  protocol: {
    about: 'how an agent of your own speaks to a match: where it is described, and its frames as JSON Schema',
    load: async () => (await import('./protocol.js')).protocolCommand(),
  },
  fighter: {
    about: 'what can be answered how late, who beats whom, and how late an agent plays',
    load: async () => (await import('./fighter/command.js')).fighterCommand(),
  },
  market: { about: 'check how real a market is, export a match', load: async () => (await import('./market/command.js')).marketCommand() },
  fpx: {
    about: 'choose the precision of each layer: measure what formats cost, assign, see whether it held, quantise, serve elsewhere',
    load: async () => (await import('./fpx/command.js')).fpxCommand(),
  },
  plan: {
    about: 'plan hardware: which size, formats, device and seats a device earn most at a cost, or where stages run',
    load: async () => (await import('./plan/command.js')).planCommand(),
  },
  paper: {
    about: 'the tables of "Win Fast or Lose Slow" (arXiv 2505.19481) beside what comes out here, and whether their shape holds',
    load: async () => (await import('./paper/command.js')).paperCommand(),
  },
  serve: {
    about: 'open the watching page, and keep a board of submissions',
    load: async () => (await import('./serve.js')).serveCommand(),
  },
  rollout: {
    about: 'worlds without a clock, thousands at once, for learning: create, reset, step, snapshot, restore as lines of JSON',
    load: async () => (await import('./rollout.js')).rolloutCommand(),
  },
  keys: {
    about: 'make the key pair that submissions are signed with, or show the public half of the one there is',
    load: async () => (await import('./keys.js')).keysCommand(),
  },
  verify: {
    about: 'say what a board would say of it, before it is sent; exits 1 unless every entry would be accepted',
    load: async () => (await import('./verify.js')).verifyCommand(),
  },
  submit: {
    about: 'make a signed bundle of a sweep and send it to a board, which plays every match again',
    load: async () => (await import('./submit.js')).submitCommand(),
  },
  board: {
    about: 'keep a board: token add, list, revoke; retry a submission; backup and restore; measure a plan for the division reference',
    load: async () => (await import('./board.js')).boardCommand(),
  },
  arena: {
    about: 'ranked matches between agents that wait for them, each pairing on one seed with sides swapped, kept in a board',
    load: async () => (await import('./arena.js')).arenaCommand(),
  },
  worker: {
    about: 'take cells of sweeps from a queue (`tickbench sweep PLAN --queue ...`) and play them here, one at a time',
    load: async () => (await import('./worker.js')).workerCommand(),
  },
  doctor: { about: 'measure what this host can measure honestly', load: async () => (await import('./doctor.js')).doctorCommand() },
};

/** The program with a verb loaded; with a list of them all where it is not one. */
export async function programFor(asked = ''): Promise<Command> {
  const program = new Command('tickbench')
    .description('Which model, at which precision, on which engine, is best for a task where the clock does not wait?')
    .version(packageVersion())
    .showHelpAfterError('(--help says more)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tickbench sweep quick\n  $ tickbench run fighter --seat bot:expert@18f --opponent bot:rush@300ms --speed 4\n  $ tickbench run --help',
    );
  if (Object.hasOwn(VERBS, asked)) program.addCommand((await VERBS[asked]!.load()).description(VERBS[asked]!.about));
  else for (const [verb, { about }] of Object.entries(VERBS)) program.command(verb).description(about);
  for (const verb of program.commands) pointer(verb, `tickbench ${verb.name()}`);
  prepare(program);
  return program;
}

/** A verb that only holds others points to theirs: each of these has an example. */
function pointer(verb: Command, path: string): void {
  const [first] = verb.commands;
  if (first && verb.options.length === 0 && verb.registeredArguments.length === 0)
    verb.addHelpText('after', `\nEach has help with an example:\n  $ ${path} ${first.name()} --help`);
}

/** What every command has: help that fits the terminal, and `--verbose`, which shows where an error came from. */
function prepare(command: Command): void {
  command.option('--verbose', 'show where an error came from');
  command.configureOutput({ writeOut: (text) => process.stdout.write(fittedHelp(text, process.stdout)) });
  for (const sub of command.commands) prepare(sub);
}
