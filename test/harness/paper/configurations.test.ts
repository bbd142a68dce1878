/** The published configurations under fpx-configs/published/: one for each published row, with its size, bits and gamma. */
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../harness/host/root.js';
import { readEntrants } from '../../../harness/paper/entrants.js';
import { loadPublished } from '../../../harness/paper/published.js';

const FOLDER = join(packageRoot(), 'fpx-configs', 'published');
const fileOf = (size: string, bits: number): string => `qwen2.5-${size.toLowerCase()}-${bits}-bits.yaml`;

describe('the published configurations', () => {
  const { hft, fighter } = loadPublished();
  const rows = [...new Map([...hft.rows, ...fighter.rows].map((row) => [fileOf(row.size, row.bits), row])).entries()];

  it('are those that figures were published of, and no others', () => {
    expect(readdirSync(FOLDER).sort()).to.deep.equal(rows.map(([file]) => file).sort());
  });

  it('can be named to play the published tables, at the size, bits and gamma of their rows', async () => {
    const ports = new Set<string>();
    for (const [file, { size, bits }] of rows) {
      const path = join(FOLDER, file);
      const [entrant] = await readEntrants([`${size}/${bits}=${path}`], { prompt: 'plain', maxTokens: 64 });
      expect(entrant, file).to.include({ size, bits });
      const { endpoint } = entrant!.configuration;
      if (endpoint.kind !== 'command') throw new Error(`${file}: no command`);
      ports.add(endpoint.url);
      expect(endpoint.command, file)
        .to.include(`Qwen2.5-${size}-Instruct`)
        .and.include(`--port ${new URL(endpoint.url).port}`);
      expect(endpoint.command, file).to.include(`--served-model-name ${endpoint.model} `);
      const gamma = /gamma: ([\w.]+);/.exec(readFileSync(path, 'utf8'))![1];
      expect(gamma, file).to.equal(bits === 16 ? 'none' : String(Math.round(((8 - bits) / 4) * 10) / 10));
    }
    expect(ports.size, 'each has a port of its own').to.equal(rows.length);
  });
});
