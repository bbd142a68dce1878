/** What build.mjs makes of the sources that a compiler of single files would not. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../harness/host/root.js';

describe('the build', () => {
  it('puts the numbers of const enums of other modules in place: the order book looks nothing up in an object', () => {
    for (const [file, names] of [
      ['envs/hft/exchange/book', ['Row', 'Flag', 'Shift', 'LevelRow', 'No']],
      ['envs/hft/exchange/queues', ['Row', 'Flag', 'Shift', 'LevelRow', 'No']],
      ['envs/hft/exchange/kept-orders', ['Row', 'Flag', 'Shift', 'LevelRow']],
      ['envs/hft/background/zero-intelligence', ['Act']],
    ] as const) {
      const used = (text: string): string[] => names.filter((name) => new RegExp(`(?<![\\w.$\`])${name}\\.[A-Z]`).test(text));
      expect(used(readFileSync(join(packageRoot(), `${file}.ts`), 'utf8')), `${file}.ts`).to.deep.equal(names);
      expect(used(readFileSync(join(packageRoot(), 'dist', `${file}.js`), 'utf8')), `${file}.js`).to.deep.equal([]);
    }
  });
});
