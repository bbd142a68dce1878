/** A thread's work: values the states of a match of the bank. */
import { valueMatch, type ValuedBankMatch } from '../../scoring/oracle/bank-builder.js';
import { taskNamed } from '../match/tasks.js';
import type { BankJob } from './bank-pool.js';
import { bankRecipe } from './recipes.js';

export const work = ({ task: name, size, match, drawn }: BankJob): ValuedBankMatch => {
  const task = taskNamed(name);
  return valueMatch(task, bankRecipe(task, size), match, drawn);
};
