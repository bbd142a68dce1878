/**
 * A scripted player as a process: `TICKBENCH_TOKEN=TOKEN node bot.js --server URL --bot NAME [--error-permille N]`. It plays every match it is
 * seated in by the task's bot of that name. It sees observations alone, like any other agent. The match server adds its reaction delay.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { AnyTask } from '../../envs/environment.js';
import { explain } from '../protocol/frames.js';
import { taskNamed } from '../match/tasks.js';
import { connectAgent, type Player } from './link.js';
import { takeToken } from './token.js';
import { dieWithParent } from './process.js';

/** A task's bot of this name. @throws with the names there are */
export function botOf(task: AnyTask, name: string): AnyTask['bots'][number] {
  const bot = task.bots.find((candidate) => candidate.name === name);
  if (!bot) throw new Error(`${task.name} has no bot "${name}"; there are ${task.bots.map((candidate) => candidate.name).join(', ')}`);
  return bot;
}

/** A player that plays each task's bot of this name. */
export function botPlayer(name: string, errorPermille: number): Player {
  return {
    recalls: true,
    seat(welcome) {
      const policy = botOf(taskNamed(welcome.task), name).create({ seed: welcome.seed, errorPermille });
      return {
        decide(observation) {
          const action = policy.decide(observation.state);
          return action.standing === undefined ? { plan: action.plan } : { plan: action.plan, standing: action.standing };
        },
        // What it remembers, and how far its dice have gone, follow from what it has seen.
        recall: (observation) => void policy.decide(observation.state),
      };
    },
  };
}

const botArguments = z.object({
  server: z.url({ protocol: /^wss?$/ }),
  token: z.string('TICKBENCH_TOKEN holds it'),
  bot: z.string().min(1),
  'error-permille': z.coerce.number().int().min(0).max(1000).default(0),
});

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { server: { type: 'string' }, bot: { type: 'string' }, 'error-permille': { type: 'string' } },
  });
  const settings = botArguments.safeParse({ ...values, token: takeToken(process.env) });
  if (!settings.success) {
    console.error(`bot: ${explain(settings.error)}`);
    process.exit(2);
  }
  const { server, token, bot } = settings.data;
  const link = connectAgent({
    server,
    token,
    name: bot,
    player: botPlayer(bot, settings.data['error-permille']),
    log: (line) => console.error(`bot ${bot}: ${line}`),
  });
  dieWithParent(() => link.close());
  link.done.catch((error: Error) => {
    console.error(`bot ${bot}: ${error.message}`);
    process.exitCode = 1;
  });
  link.done.finally(() => process.disconnect?.()).catch(() => undefined);
}
