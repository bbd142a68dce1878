/** `tickbench agent URL`: connects a built-in agent to any match server, as a stranger's agent would be. */
import { Command, InvalidArgumentError } from 'commander';
import { botPlayer } from '../agents/bot.js';
import { connectAgent, type Player } from '../agents/link.js';
import { takeToken, TOKEN_VARIABLE } from '../agents/token.js';
import { playerOf } from '../agents/player.js';
import { startEndpoint, type RunningEndpoint } from '../endpoints/start.js';
import type { AgentConfiguration } from '../configuration/agent.js';
import type { Configuration } from '../configuration/configuration.js';
import { isTeam, loadSetup, membersOf, teamAgent } from '../configuration/team.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { UsageError, whole } from './values.js';

/** Longest token, in characters. */
const MOST_TOKEN = 200;

interface AgentFlags {
  token?: string;
  name?: string;
  bot?: string;
  task?: string;
  error: number;
  config?: string;
  matches?: number;
  json?: boolean;
}

/** The verb, for the program that assembles them. */
export function agentCommand(): Command {
  return new Command('agent')
    .argument('<url>', 'the match server, ws://HOST:PORT')
    .option(
      '--token <token>',
      `the token that the match server gave; better in ${TOKEN_VARIABLE}, or - to read it from standard input: a command line can be read by everybody on this machine`,
    )
    .option('--config <file>', 'a configuration (fpx-configs/*.yaml): its endpoint is started or used')
    .option('--bot <name>', 'a scripted bot instead')
    .option('--error <permille>', "share of the bot's decisions that are random, in thousandths", permille, 0)
    .option('--task <name>', 'the only task it plays; an arena wants to know')
    .option('--name <name>', 'what the agent calls itself')
    .option('--matches <n>', 'end after so many matches', whole)
    .option('--json', 'print one JSON object for each match')
    .addHelpText(
      'after',
      '\nExamples:\n  $ TICKBENCH_TOKEN=3f2a... tickbench agent ws://arena:9000 --config fpx-configs/4m-fp8.yaml\n  $ tickbench agent ws://127.0.0.1:9000 --token - --bot expert --matches 1 < token.txt\n  $ TICKBENCH_TOKEN=tbk_... tickbench agent ws://arena:7071 --bot expert --task fighter',
    )
    .action(agent);
}

function permille(text: string): number {
  const value = whole(text);
  if (value > 1000) throw new InvalidArgumentError('a whole number from 0 to 1000 is expected');
  return value;
}

async function agent(url: string, flags: AgentFlags): Promise<void> {
  if (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol))
    throw new UsageError(`"${url}" is no address of a match server; accepted: ws://HOST:PORT or wss://HOST:PORT`);
  if ((flags.bot === undefined) === (flags.config === undefined)) throw new UsageError('either --config FILE or --bot NAME is expected');
  if (flags.bot !== undefined && !taskNames().some((name) => taskNamed(name).bots.some((bot) => bot.name === flags.bot)))
    throw new UsageError(
      `no task has a bot "${flags.bot}"; there are ${[...new Set(taskNames().flatMap((name) => taskNamed(name).bots.map((bot) => bot.name)))].join(', ')}`,
    );
  if (flags.task !== undefined) taskNamed(flags.task);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const token = await tokenOf(flags.token, say);
  const endpoints: RunningEndpoint[] = [];
  try {
    let player: Player;
    let name: string;
    if (flags.config !== undefined) {
      const setup = loadSetup(flags.config);
      name = flags.name ?? setup.name;
      const members: { role: string; agent: AgentConfiguration }[] = [];
      for (const { role, configuration } of membersOf(setup)) {
        const endpoint = await startEndpoint(configuration.endpoint, { request: configuration.request, say });
        endpoints.push(endpoint);
        members.push({ role, agent: agentOf(configuration, endpoint) });
      }
      player = playerOf(isTeam(setup) ? teamAgent(setup, members) : members[0]!.agent, say);
    } else {
      name = flags.name ?? flags.bot!;
      player = botPlayer(flags.bot!, flags.error);
    }
    await play(url, { name, token, player }, flags, say);
  } finally {
    await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
  }
}

/** How a configuration is asked at an endpoint that runs. */
function agentOf({ name, endpoint, request, prompt, parser }: Configuration, running: RunningEndpoint): AgentConfiguration {
  const { url, model, keyHeader, extra } = running;
  const { keyEnv, gateway } = endpoint.kind === 'embedded' ? {} : endpoint;
  return { name, target: { url, model, keyHeader, extra }, keyEnv, gateway, request, prompt, parser, budget: {} };
}

/** The token: from the command line, standard input (`-`) or the environment. @throws UsageError when there is none */
async function tokenOf(flag: string | undefined, say: (line: string) => void): Promise<string> {
  const held = takeToken(process.env); // taken in any case: an endpoint that is started here must not inherit it
  if (flag === undefined && held === undefined)
    throw new UsageError(`no token; accepted: ${TOKEN_VARIABLE} in the environment, or --token - and the token on standard input`);
  if (flag === undefined) return held!;
  if (flag !== '-') {
    say(`--token: everybody on this machine can read a command line; ${TOKEN_VARIABLE} in the environment is not shown`);
    return flag;
  }
  let read = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    read += chunk as string;
    if (read.includes('\n') || read.length > MOST_TOKEN) break;
  }
  const token = read.split('\n')[0]!.trim();
  if (token === '' || token.length > MOST_TOKEN) throw new UsageError('--token -: standard input has no token in its first line');
  return token;
}

async function play(
  url: string,
  { name, token, player }: { name: string; token: string; player: Player },
  flags: AgentFlags,
  say: (line: string) => void,
): Promise<void> {
  let matches = 0;
  const counted: Player = {
    ...player,
    seat(welcome) {
      say(`${welcome.match}: seat ${welcome.seat} of ${welcome.task}, ${welcome.clock} clock, speed ${welcome.speed}`);
      const seat = player.seat(welcome);
      return {
        decide: (observation, signal) => seat.decide(observation, signal),
        ended(end) {
          matches++;
          if (flags.json)
            process.stdout.write(
              `${JSON.stringify({ match: end.match, seat: welcome.seat, results: end.results, verdict: end.verdict })}\n`,
            );
          else
            say(
              `${end.match}: ${end.verdict.counts ? 'counts' : `void: ${end.verdict.reasons.join(' ')}`}; ${JSON.stringify(end.results)}`,
            );
          if (flags.matches !== undefined && matches >= flags.matches) link.close();
        },
      };
    },
  };
  const link = connectAgent({ server: url, token, name, task: flags.task, player: counted, log: say });
  const end = (): void => link.close();
  process.once('SIGINT', end).once('SIGTERM', end);
  await link.done;
}
