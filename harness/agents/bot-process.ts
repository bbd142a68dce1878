/**
 * A scripted player as a process: `TICKBENCH_TOKEN=TOKEN node bot-process.js --server URL --bot NAME [--error-permille N]`. It plays every match it
 * is seated in by the task's bot of that name. It sees observations alone, like any other agent. The match server adds its reaction delay.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { explain } from '../protocol/frames.js';
import { botPlayer } from './bot.js';
import { connectAgent } from './link.js';
import { dieWithParent } from './process.js';
import { takeToken } from './token.js';

const botArguments = z.object({
  server: z.url({ protocol: /^wss?$/ }),
  token: z.string('TICKBENCH_TOKEN holds it'),
  bot: z.string().min(1),
  'error-permille': z.coerce.number().int().min(0).max(1000).default(0),
});

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
