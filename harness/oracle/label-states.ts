/**
 * Writes states labelled by the oracle as JSON lines: `node dist/harness/oracle/label-states.js TASK FIRST_SEED MATCHES [FUTURES] [STATES]`.
 * Several processes with seeds that do not overlap use several cores.
 */
import { labelMatch } from '../../scoring/oracle/labels.js';
import { taskNamed, valuedTaskNames } from '../match/tasks.js';
import { bankRecipe } from './recipes.js';

const [name, ...numbers] = process.argv.slice(2);
const [first, matches, futures = 16, states = 32] = numbers.map(Number);
if (!name || ![first, matches, futures, states].every(Number.isSafeInteger)) {
  process.stderr.write(`usage: label-states ${valuedTaskNames().join('|')} FIRST_SEED MATCHES [FUTURES=16] [STATES=32]\n`);
  process.exit(2);
}
const task = taskNamed(name);
const { matches: mixes, playUs } = bankRecipe(task);
for (let i = 0; i < matches!; i++) {
  const seed = first! + i;
  const mix = mixes[seed % mixes.length]!;
  const settings = { seed, options: mix.options, seats: mix.seats, labelledSeat: mix.probedSeat, playUs, states, futures };
  for (const labelled of labelMatch(task, settings)) process.stdout.write(`${JSON.stringify(labelled)}\n`);
}
