/**
 * Builds the frozen probe banks anew: `node dist/harness/oracle/build-banks.js [TASK...]`. Needed whenever a task's rules change;
 * the same code gives the same file, on however many cores.
 *
 * A bank of another size, which tells players apart that the frozen one does not, goes into a file of its own:
 *
 *     node dist/harness/oracle/build-banks.js TASK --matches 2048 --futures 16 --out FILE
 */
import { parseArgs } from 'node:util';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { availableParallelism } from 'node:os';
import type { Json } from '../../envs/environment.js';
import type { ProbeBank } from '../../scoring/oracle/probes.js';
import { valuedTaskNames } from '../match/tasks.js';
import { buildBankOnCores } from './bank-pool.js';
import { bankPath } from './bank.js';

/** One line for each match and each entry, so that a change of the bank shows as a change of lines. */
export function formatBank(bank: ProbeBank): string {
  const { matches, entries, ...head } = bank;
  const lines = (items: unknown[]) => items.map((item) => `  ${JSON.stringify(item)}`).join(',\n');
  return `{\n${Object.entries(head)
    .map(([key, value]: [string, Json]) => `"${key}": ${JSON.stringify(value)},\n`)
    .join('')}"matches": [\n${lines(matches)}\n],\n"entries": [\n${lines(entries)}\n]\n}\n`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { matches: { type: 'string' }, futures: { type: 'string' }, out: { type: 'string' } },
});
const { matches, futures, out } = values;
const wanted = positionals.length > 0 ? positionals : valuedTaskNames();
if ((matches !== undefined || futures !== undefined) !== (out !== undefined) || (out !== undefined && wanted.length !== 1))
  throw new RangeError(
    'a bank of another size than the frozen ones is built for one task, into a file of its own: TASK --matches N --out FILE',
  );
for (const name of wanted) {
  const size = {
    ...(matches === undefined ? {} : { matches: Number(matches) }),
    ...(futures === undefined ? {} : { futures: Number(futures) }),
  };
  const pool = {
    workers: availableParallelism(),
    onProgress: (done: number, total: number) => process.stderr.write(`${name}: ${done} of ${total} matches valued\n`),
  };
  const bank = await buildBankOnCores(name, pool, size);
  const path = out ?? bankPath(name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, formatBank(bank));
  process.stderr.write(`${path}: ${bank.entries.length} states of ${bank.matches.length} matches\n`);
}
