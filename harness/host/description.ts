/** What machine a match was played on: recorded in every trace and beside every benchmark, because infrastructure moves scores. */
import { availableParallelism, arch, cpus, freemem, loadavg, platform, release, totalmem } from 'node:os';

/** A machine, as written into trace headers. Nothing in it names its owner. */
export interface Host {
  [key: string]: string | number;
  platform: string;
  node: string;
  cpu: string;
  cores: number;
  memoryMb: number;
  freeMemoryMb: number;
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
    loadPermille: Math.round((loadavg()[0] ?? 0) * 1000),
  };
}
