/** The frozen probe banks as files: `scoring/oracle/banks/TASK.json` in the package. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseProbeBank, ProbeError, type ProbeBank } from '../../scoring/oracle/probes.js';
import { packageRoot } from '../host/root.js';

/** Where a task's bank lies. */
export function bankPath(task: string): string {
  return join(packageRoot(), 'scoring', 'oracle', 'banks', `${task}.json`);
}

/** Reads a task's bank, or one at a path of your own. @throws ProbeError naming the file and what is wrong in it */
export function loadBank(task: string, path = bankPath(task)): ProbeBank {
  if (!existsSync(path))
    throw new ProbeError(`${path}: no probe bank for ${task}; build one with: node dist/harness/oracle/build-banks.js ${task}`);
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ProbeError(`${path}: not JSON: ${(error as Error).message}`);
  }
  const bank = parseProbeBank(raw);
  if (bank.task !== task) throw new ProbeError(`${path}: a bank of ${bank.task}, not of ${task}`);
  return bank;
}
