import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify } from '../../../fpx/checkpoint/identity.js';
import { parsePrecisionMap } from '../../../fpx/formats/precision.js';
import { packageRoot } from '../../../fpx/root.js';
import { makeModelFolder } from '../endpoint-model.js';

describe('the identity of a model', () => {
  let root: string;
  let original: ReturnType<typeof makeModelFolder>;
  const fp8 = parsePrecisionMap('fp8');
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'tickbench-identity-'));
    original = makeModelFolder();
  });
  after(() => {
    rmSync(root, { recursive: true });
    original.remove();
  });

  let copies = 0;
  const copy = (): string => {
    const folder = join(root, `copy-${copies++}`);
    cpSync(original.folder, folder, { recursive: true });
    return folder;
  };

  it('is the same for a copy under another name, and for a precision map written in another order', async () => {
    expect(await identify(copy(), fp8)).to.deep.equal(await identify(original.folder, fp8));
    const [one, other] = [
      { 'layers.0.o': 'fp4', 'layers.1.o': 'bf16' },
      { 'layers.1.o': 'bf16', 'layers.0.o': 'fp4' },
    ].map((units) => parsePrecisionMap({ default: 'fp8', units }));
    expect((await identify(copy(), one!)).hash).to.equal((await identify(copy(), other!)).hash);
  });

  it('changes with every file that is read, with the precision map, and with a file that comes or goes', async () => {
    const seen = new Map([[(await identify(original.folder, fp8)).hash, 'the original']]);
    const differs = async (what: string, change: (folder: string) => void, precision = fp8) => {
      const folder = copy();
      change(folder);
      const { hash } = await identify(folder, precision);
      expect(seen.get(hash), what).to.equal(undefined);
      seen.set(hash, what);
    };
    for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors']) {
      await differs(name, (folder) =>
        writeFileSync(join(folder, name), Buffer.concat([readFileSync(join(folder, name)), Buffer.from(' ')])),
      );
    }
    await differs('a template file', (folder) => writeFileSync(join(folder, 'chat_template.jinja'), 'x'));
    await differs('a generation config', (folder) => writeFileSync(join(folder, 'generation_config.json'), '{}'));
    await differs('another precision', () => undefined, parsePrecisionMap('fp4'));
    await differs('one unit', () => undefined, parsePrecisionMap({ default: 'fp8', units: { 'layers.0.o': 'fp4' } }));
    expect(seen.size).to.equal(9);
  });

  it('counts every shard, and ignores what is not read', async () => {
    const folder = copy();
    const weights = readFileSync(join(folder, 'model.safetensors'));
    rmSync(join(folder, 'model.safetensors'));
    for (const name of ['a', 'b']) writeFileSync(join(folder, `${name}.safetensors`), weights);
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { x: 'a.safetensors', y: 'b.safetensors' } }));
    const before = await identify(folder, fp8);
    expect(before.files).to.include.all.keys('a.safetensors', 'b.safetensors');
    writeFileSync(join(folder, 'README.md'), 'about it');
    writeFileSync(join(folder, 'c.safetensors'), weights);
    mkdirSync(join(folder, 'original'));
    expect((await identify(folder, fp8)).hash).to.equal(before.hash);
    weights[weights.length - 1]! ^= 1;
    writeFileSync(join(folder, 'b.safetensors'), weights);
    expect((await identify(folder, fp8)).hash).to.not.equal(before.hash);
  });

  it('is told by the engine without serving', async () => {
    const program = join(packageRoot(), 'dist/fpx/endpoint/main.js');
    const args = [program, '--model', original.folder, '--precision', JSON.stringify(fp8), '--identify'];
    const told = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Record<string, unknown>;
    const { hash, ...parts } = await identify(original.folder, fp8);
    expect(told).to.deep.equal({ identity: hash, ...parts });
  });
});
