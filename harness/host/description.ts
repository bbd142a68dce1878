/** What machine a match was played on: recorded in every trace and beside every benchmark, because infrastructure moves scores. */
import { availableParallelism, arch, cpus, freemem, loadavg, platform, release, totalmem } from 'node:os';
import { energyCounters } from './energy.js';
import { KEEPS_RUN_QUEUES } from './run-queue.js';

/** A machine, as written into trace headers. Nothing in it names its owner. */
export interface Host {
  [key: string]: string | number;
  platform: string;
  node: string;
  cpu: string;
  cores: number;
  memoryMb: number;
  freeMemoryMb: number;
  /** Whether it tells how long processes wait for a processor: where not, a busy host disturbs decisions unnoticed. */
  processorWaits: 'measured' | 'not measured: this system keeps no accounts of them';
  /** Whether the energy that its processors take can be measured: `measured`, or why not. */
  energy: string;
  /** One-minute load average times 1000, before the match. */
  loadPermille: number;
}

/** Describes this machine now. */
export function describeHost(): Host {
  return {
    platform: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 1048576),
    freeMemoryMb: Math.round(freemem() / 1048576),
    processorWaits: KEEPS_RUN_QUEUES ? 'measured' : 'not measured: this system keeps no accounts of them',
    energy: energyCounters().missing ?? 'measured',
    loadPermille: Math.round((loadavg()[0] ?? 0) * 1000),
  };
}
