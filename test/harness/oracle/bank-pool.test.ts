/** A bank built on several cores is the one that is built on one. */
import { expect } from 'chai';
import { buildBankOnCores } from '../../../harness/oracle/bank-pool.js';
import { bankRecipe } from '../../../harness/oracle/recipes.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { buildBank } from '../../../scoring/oracle/bank-builder.js';

const SIZE = { matches: 3, futures: 24 };

describe('bank pool', () => {
  it('builds the same bank whatever the number of workers', async () => {
    const task = taskNamed('fighter');
    const alone = JSON.stringify(buildBank(task, bankRecipe(task, SIZE)));
    const done: number[] = [];
    const shared = await buildBankOnCores('fighter', { workers: 2, onProgress: (count) => done.push(count) }, SIZE);
    expect(JSON.stringify(shared)).to.equal(alone);
    expect(done).to.deep.equal([1, 2, 3]);
  });
});
