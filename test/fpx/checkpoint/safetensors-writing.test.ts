import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, type TensorPlan } from '../../../fpx/checkpoint/safetensors-writing.js';
import { readStored } from '../published-layout.js';

const PLAN: TensorPlan[] = [
  { name: 'a', dtype: 'U8', shape: [2, 3], size: 6 },
  { name: 'empty', dtype: 'F32', shape: [0], size: 0 },
  { name: 'b', dtype: 'F32', shape: [], size: 4 },
];

describe('a safetensors file written as its tensors come', () => {
  let folder: string;
  let count = 0;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-writing-'))));
  after(() => rmSync(folder, { recursive: true }));
  const path = () => join(folder, `${count++}.safetensors`);

  it('holds them in the order of its plan, however they are cut', () => {
    const where = path();
    const file = new SafetensorsFile(where, PLAN, { made_by: 'é' });
    file.write('a', Uint8Array.of(1, 2));
    file.write('a', Uint8Array.of(3, 4, 5, 6));
    file.write('b', new Uint8Array(Float32Array.of(1.5).buffer));
    file.finish();
    file.close();
    const stored = readStored(where);
    expect([...stored.keys()]).to.deep.equal(['a', 'empty', 'b']);
    expect([...stored.get('a')!.bytes]).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(stored.get('b')!.bytes.readFloatLE(0)).to.equal(1.5);
    const all = readFileSync(where);
    expect(Number(all.readBigUInt64LE(0)) % 8).to.equal(0);
    const header = JSON.parse(all.toString('utf8', 8, 8 + Number(all.readBigUInt64LE(0)))) as Record<string, unknown>;
    expect(header.__metadata__).to.deep.equal({ format: 'pt', made_by: 'é' });
  });

  it('refuses what was not planned, and an end before all is there', () => {
    const file = new SafetensorsFile(path(), PLAN);
    expect(() => file.write('b', new Uint8Array(4))).to.throw(RangeError, 'tensor "b" comes where "a" was planned');
    file.write('a', new Uint8Array(5));
    expect(() => file.write('a', new Uint8Array(2))).to.throw(RangeError, 'tensor "a" has 1 bytes more than planned');
    expect(() => file.finish()).to.throw(RangeError, '5 bytes of tensors were planned and not written');
    file.close();
  });

  it('is never written over another', () => {
    const where = path();
    new SafetensorsFile(where, PLAN).close();
    expect(() => new SafetensorsFile(where, PLAN)).to.throw('EEXIST');
  });
});
