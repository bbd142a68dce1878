/**
 * The model agent as a process: `TICKBENCH_TOKEN=TOKEN node model.js --server URL --config FILE`. Each observation becomes a prompt, the endpoint's
 * streamed answer an action. When a call fails, the seat keeps to its standing order, and the next observation is asked about as usual.
 */
import '../host/early-compiling.js';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Micros } from '../../envs/environment.js';
import { CallBudget } from '../endpoints/budget.js';
import { Patience } from '../endpoints/patience.js';
import { keyFrom } from '../endpoints/start.js';
import { explain, type WarmupFrame, type WelcomeFrame } from '../protocol/frames.js';
import { taskNamed } from '../match/tasks.js';
import { ModelAsker, parserOf, type AskerSettings, type Turn } from './asker.js';
import { rehearse } from './rehearsal.js';
import { readAgentConfiguration, type AgentConfiguration } from '../configuration/agent.js';
import { connectAgent, type Answering, type Player } from './link.js';
import { takeToken } from './token.js';
import { dieWithParent } from './process.js';

/** How far apart the states of a warm-up are, in world time. */
const WARM_UP_STEP_US: Micros = 500_000;

/** How long a server that limits calls is waited for in all, before a match that waits for nobody. */
const WARM_UP_PATIENCE_MS = 60_000;

/** A player that asks a model. Failed calls are logged the 1st, 10th, 100th... time in a row. @throws EndpointError when the key's environment variable is not set */
export function modelPlayer(configuration: AgentConfiguration, log: (line: string) => void): Player {
  const { target, keyEnv, request, prompt, parser, budget } = configuration;
  const apiKey = keyFrom(keyEnv);
  const settings: AskerSettings = { target: { ...target, apiKey }, request, prompt, parser, budget: new CallBudget(budget) };
  const asker = new ModelAsker(settings);
  let failures = 0;
  return {
    seat(welcome) {
      const task = taskNamed(welcome.task);
      asker.prompt(task); // read before the first observation, not during it
      parserOf(task, parser);
      const past: Turn[] = [];
      return {
        async decide(observation, signal): Promise<Answering> {
          let answer = await asker.ask(task, observation.text, signal, past);
          // Where the clock waits and charges nobody for it, a server that limits calls is waited for, as in all that is not measured.
          const patience = welcome.patient ? patienceOf(welcome, signal, log) : undefined;
          while (await patience?.after(answer.error)) answer = await asker.ask(task, observation.text, signal, past);
          const { action, rejected, failure, telemetry } = answer;
          if (request.memory > 0 && failure === undefined && telemetry.answer !== undefined) {
            past.push({ text: observation.text, answer: telemetry.answer });
            if (past.length > request.memory) past.shift();
          }
          if (failure === undefined) failures = 0;
          else if (!signal.aborted && Number.isInteger(Math.log10(++failures)))
            log(`call failed${failures > 1 ? ` ${failures} times` : ''}: ${rejected}`);
          if (!action) return { rejected: (rejected ?? 'no action').slice(0, 1000), ...(failure ? { failure } : {}), telemetry };
          return { plan: action.plan, ...(action.standing === undefined ? {} : { standing: action.standing }), telemetry };
        },
      };
    },
    async warmUp(ask) {
      const made = await warmUp(asker, ask, log);
      const task = taskNamed(ask.task);
      // An agent that cannot be rehearsed is only slower at first.
      await rehearse(task, task.parseOptions(ask.options), ask.seed, settings).catch(() => 0);
      return made;
    },
  };
}

/** The patience of one decision: less than the real time after which it is missed. */
function patienceOf({ timeoutUs, speed }: WelcomeFrame, signal: AbortSignal, log: (line: string) => void): Patience {
  return new Patience({ say: (line) => log(`${line}; the clock waits`), signal, mostMs: (0.9 * timeoutUs) / speed / 1000 });
}

/**
 * Unscored calls about states of a match of their own, in which nobody acts. A server that asks for patience is waited for. Ends early, and
 * says why, when a call fails.
 */
async function warmUp(asker: ModelAsker, ask: WarmupFrame, log: (line: string) => void): Promise<{ done: number; note?: string }> {
  const task = taskNamed(ask.task);
  const options: unknown = task.parseOptions(ask.options);
  let env = task.create(options, ask.seed);
  const patience = new Patience({ say: (line) => log(`${line}; the match has not begun`), mostMs: WARM_UP_PATIENCE_MS });
  for (let done = 0; done < ask.count; done++) {
    env.advance(env.nextPublish(env.now + WARM_UP_STEP_US));
    if (env.over) env = task.create(options, ask.seed + done);
    const text = task.text(env.observe(done % task.seats(options)));
    let answer = await asker.ask(task, text);
    while (await patience.after(answer.error)) answer = await asker.ask(task, text);
    if (answer.failure !== undefined) {
      const why = patience.gaveUp === '' ? answer.rejected : `${answer.rejected}; ${patience.gaveUp}`;
      return { done, note: why?.slice(0, 1000) };
    }
  }
  return { done: ask.count };
}

const modelArguments = z.object({
  server: z.url({ protocol: /^wss?$/ }),
  token: z.string('TICKBENCH_TOKEN holds it'),
  config: z.string().min(1),
});

function main(): void {
  const { values } = parseArgs({ options: { server: { type: 'string' }, config: { type: 'string' } } });
  const settings = modelArguments.safeParse({ ...values, token: takeToken(process.env) });
  if (!settings.success) throw new Error(explain(settings.error));
  const { server, token, config } = settings.data;
  const configuration = readAgentConfiguration(config);
  const log = (line: string): void => console.error(`${configuration.name}: ${line}`);
  const link = connectAgent({ server, token, name: configuration.name, player: modelPlayer(configuration, log), log });
  dieWithParent(() => link.close());
  link.done.catch((error: Error) => {
    log(error.message);
    process.exitCode = 1;
  });
  link.done.finally(() => process.disconnect?.()).catch(() => undefined);
}

if (process.argv[1] === import.meta.filename) {
  try {
    main();
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
