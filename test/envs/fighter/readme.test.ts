/** The README's tables are the data, number by number. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageRoot } from '../../../harness/host/root.js';
import { characterTable, moveTable } from './readme.js';

describe('fighter README', () => {
  const readme = readFileSync(join(packageRoot(), 'envs/fighter/README.md'), 'utf8');

  it('has the move table', () => {
    for (const row of moveTable) expect(readme.includes(`${row}\n`), row).equal(true);
  });

  it('has the characters, and what is different in the moves of each', () => {
    for (const row of characterTable) expect(readme.includes(`${row}\n`), row).equal(true);
  });
});
