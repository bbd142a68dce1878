/** One worker of the bank's builder: values the states of the matches it is given. */
import { valueMatch, type ValuedBankMatch } from '../../scoring/oracle/bank-builder.js';
import { serve } from '../host/pool.js';
import { taskNamed } from '../match/tasks.js';
import type { BankJob } from './bank-pool.js';
import { bankRecipe } from './recipes.js';

await serve(({ task: name, size, match, drawn }: BankJob): ValuedBankMatch => {
  const task = taskNamed(name);
  return valueMatch(task, bankRecipe(task, size), match, drawn);
});
