/** What tells one machine from another. */
import { execFileSync } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hostIdentity, machineName } from '../../../harness/host/identity.js';
import { packageRoot } from '../../../harness/host/root.js';

describe('the identity of a machine', () => {
  it('is the same in every process of it, and tells neither its name nor its ids', () => {
    const module = join(packageRoot(), 'dist/harness/host/identity.js');
    const program = `const { hostIdentity, machineName } = await import(${JSON.stringify(module)}); console.log(hostIdentity(), machineName());`;
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(told.trim()).to.equal(`${hostIdentity()} ${machineName()}`);
    expect(told)
      .to.match(/^[0-9a-f]{16} host-[0-9a-f]{8}\n$/)
      .and.not.include(hostname());
  });
});
