/**
 * Builds the frozen probe banks anew: `node dist/harness/oracle/build-banks.js [TASK...]`. Needed whenever a task's rules change;
 * the same code gives the same file, on however many cores.
 */
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

const wanted = process.argv.length > 2 ? process.argv.slice(2) : valuedTaskNames();
for (const name of wanted) {
  const bank = await buildBankOnCores(name, {
    workers: availableParallelism(),
    onProgress: (done, total) => process.stderr.write(`${name}: ${done} of ${total} matches valued\n`),
  });
  const path = bankPath(name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, formatBank(bank));
  process.stderr.write(`${path}: ${bank.entries.length} states of ${bank.matches.length} matches\n`);
}
