/** What the benchmarks' command says to who asks wrongly, or for help: words, and no stack. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { join } from 'node:path';

function bench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) =>
    execFile(process.execPath, [join(import.meta.dirname, 'main.js'), ...args], (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  );
}

describe('the benchmarks’ command', function () {
  this.timeout(60_000);

  it('has help with an example, and names every benchmark', async () => {
    const { code, out, err } = await bench('--help');
    expect([code, err]).to.deep.equal([0, '']);
    expect(out).to.include('Example:').and.include('Benchmarks: ').and.match(/\brollout\b/).and.match(/\bgateway\b/); // prettier-ignore
  });

  it('refuses in one line what it does not know', async () => {
    for (const [args, says] of [
      [['rollout', '--jsn'], /^Unknown option '--jsn'; accepted: --help, --json, --chart, --rows \(npm run bench -- --help\)\n$/],
      [['rollout', '--chart'], /^Option '--chart <value>' argument missing; accepted: --help/],
      [['nothing'], /^no benchmark "nothing"; accepted: .*\brollout\b.*\n$/],
      [[], /^which benchmark\? accepted: .*\brollout\b.*\n$/],
    ] as const) {
      const { code, out, err } = await bench(...args);
      expect([code, out], args.join(' ')).to.deep.equal([2, '']);
      expect(err).to.match(says);
    }
  });
});
