/** The published figures: as they agree with each other, and refused where a file is not as it should be. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadPublished } from '../../../harness/paper/published.js';

describe('the published tables', () => {
  it('agree with each other: latencies by size and format are those of the tables', () => {
    const { hft, fighter, gamma, latency } = loadPublished();
    const at = new Map(latency.rows.map((row) => [row.size, row]));
    for (const { size, bits, ms } of [...hft.rows, ...fighter.rows]) {
      if (bits === 16) expect(ms, `${size}/16`).to.equal(at.get(size)!.fp16);
      else if (bits === 8) expect(ms, `${size}/8`).to.equal(at.get(size)!.fp8);
      else expect(ms, `${size}/${bits}`).to.be.within(at.get(size)!.fp4, at.get(size)!.fp8);
    }
    for (const table of [gamma.hft, gamma.fighter]) expect(table.rows[0]!.ms).to.equal(at.get(table.size)!.fp8);
    expect(gamma.hft.rows[1]).to.include({ ms: hft.rows[0]!.ms, value: hft.rows[0]!.value });
  });

  it('are refused with the place that is wrong', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickbench-published-'));
    const path = join(folder, 'p.yaml');
    writeFileSync(path, 'source: x\nhft: { measure: m, unit: "%", rows: [{ size: huge, bits: 8, ms: 1, value: 1 }, { size: 7B, bits: 8, ms: 1, value: 1 }] }\n'); // prettier-ignore
    expect(() => loadPublished(path)).to.throw(/hft\.rows\.0\.size: a size such as 14B/);
    rmSync(folder, { recursive: true });
  });
});
