/** A folder of energy counters as Linux lays them out, for hosts that have none. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A zone of the folder. */
interface Zone {
  name: string;
  /** Microjoules; absent: it cannot be read. */
  uj?: number;
  rangeUj?: number;
}

/** A made host. */
export class MadeCounters {
  readonly folder = mkdtempSync(join(tmpdir(), 'tickbench-powercap-'));

  constructor(zones: Readonly<Record<string, Zone>>) {
    for (const [zone, { name, uj, rangeUj = 262_143_328_850 }] of Object.entries(zones)) {
      mkdirSync(join(this.folder, zone));
      writeFileSync(join(this.folder, zone, 'name'), `${name}\n`);
      writeFileSync(join(this.folder, zone, 'max_energy_range_uj'), `${rangeUj}\n`);
      if (uj !== undefined) this.set(zone, uj);
    }
  }

  /** Has a counter read so many microjoules. */
  set(zone: string, uj: number): void {
    writeFileSync(join(this.folder, zone, 'energy_uj'), `${uj}\n`);
  }

  /** Takes a counter away. */
  lose(zone: string): void {
    rmSync(join(this.folder, zone, 'energy_uj'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** Does something while this is where the host's counters lie. */
  async during<T>(act: () => Promise<T>): Promise<T> {
    const before = process.env['TICKBENCH_POWERCAP'];
    process.env['TICKBENCH_POWERCAP'] = this.folder;
    try {
      return await act();
    } finally {
      if (before === undefined) delete process.env['TICKBENCH_POWERCAP'];
      else process.env['TICKBENCH_POWERCAP'] = before;
    }
  }
}
