/**
 * Builds the frozen probe banks anew: `node dist/harness/oracle/build-banks.js [TASK...]`. Needed whenever a task's rules change;
 * the same code gives the same file.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Json } from '../../envs/environment.js';
import { buildBank } from '../../scoring/oracle/bank-builder.js';
import type { ProbeBank } from '../../scoring/oracle/probes.js';
import { taskNamed, valuedTaskNames } from '../match/tasks.js';
import { bankPath } from './bank.js';
import { bankRecipe } from './recipes.js';

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
  const task = taskNamed(name);
  const recipe = bankRecipe(task);
  const total = recipe.matches.length * recipe.kept;
  const bank = buildBank(task, recipe, (done) => {
    if (done % 12 === 0 || done === total) process.stderr.write(`${name}: ${done} of ${total} states valued\n`);
  });
  const path = bankPath(name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, formatBank(bank));
  process.stderr.write(`${path}: ${bank.entries.length} states of ${bank.matches.length} matches\n`);
}
