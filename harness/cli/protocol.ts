/** `tickbench protocol`: the protocol between a match server and its agents, as JSON Schema. */
import { Command } from 'commander';
import { fitted } from '../report/text.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { PROTOCOL, protocolSchema } from '../protocol/frames.js';

/** The verb, for the program that assembles them. */
export function protocolCommand(): Command {
  return new Command('protocol')
    .option('--schema', 'print the JSON Schemas of all frames and plans (as docs/protocol.schema.json)')
    .addHelpText('after', '\nExample:\n  $ tickbench protocol --schema > protocol.schema.json')
    .action(({ schema }: { schema?: boolean }) => {
      const where = `${PROTOCOL}: docs/protocol.md; a complete agent: examples/agent.py; --schema prints the frames`;
      process.stdout.write(schema ? schemaText() : `${fitted(where, process.stdout)}\n`);
    });
}

/** The schemas as text, as they stand in docs/protocol.schema.json: of the frames, and of each task's plans as `welcome` has them in `planSchema`. */
export function schemaText(tasks = taskNames()): string {
  const plans = Object.fromEntries(tasks.map((name) => [name, taskNamed(name).planSchema()]));
  return `${JSON.stringify({ ...(protocolSchema() as object), plans }, null, 2)}\n`;
}
