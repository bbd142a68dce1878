/** What tells one machine from another, without telling whose it is. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A name of this machine that stays the same. */
export function machineName(): string {
  return `host-${hashed(`${textOf('/etc/machine-id')} ${hostname()}`, 8)}`;
}

/**
 * The system that runs now, whatever the machine is called: the same in all containers of a host, since they share its cores. Another one after it
 * was started again. Where the system does not tell (Linux does), what is told of the machine has to do.
 */
export function hostIdentity(): string {
  const boot = textOf('/proc/sys/kernel/random/boot_id');
  return hashed(boot === '' ? `machine ${textOf('/etc/machine-id')} ${hostname()}` : `boot ${boot}`, 16);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return ''; // a container, or another system
  }
}

function hashed(text: string, digits: number): string {
  return createHash('sha256').update(`tickbench ${text}`).digest('hex').slice(0, digits);
}
