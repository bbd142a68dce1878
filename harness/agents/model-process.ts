/**
 * The model agents as a process: `TICKBENCH_TOKEN=TOKEN node model-process.js --server URL --config FILE`. The file says whether one model plays or
 * several together. When a call fails, the seat keeps to its standing order, and the next observation is asked about as usual.
 */
import '../host/early-compiling.js';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { explain } from '../protocol/frames.js';
import { readAgentConfiguration } from '../configuration/agent.js';
import { connectAgent } from './link.js';
import { playerOf } from './player.js';
import { dieWithParent } from './process.js';
import { takeToken } from './token.js';

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
  const link = connectAgent({ server, token, name: configuration.name, player: playerOf(configuration, log), log });
  dieWithParent(() => link.close());
  link.done.catch((error: Error) => {
    log(error.message);
    process.exitCode = 1;
  });
  link.done.finally(() => process.disconnect?.()).catch(() => undefined);
}

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}
