import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointError } from '../../../fpx/checkpoint/files.js';
import { Checkpoint, writeSafetensors, type TensorToWrite } from '../../../fpx/checkpoint/safetensors.js';

describe('safetensors', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-safetensors-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const path = (name = 'model.safetensors') => join(folder, name);
  const tensors = new Map<string, TensorToWrite>([
    ['a', { dtype: 'F32', shape: [2, 3], values: Float32Array.of(1, -2, 3.25, 1e-20, 0, 7) }],
    ['b', { dtype: 'BF16', shape: [2], values: Float32Array.of(1.00390625, -3) }],
  ]);

  /** A file of a JSON header and some bytes. */
  const write = (header: unknown, data: Uint8Array) => {
    const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    writeFileSync(path(), Buffer.concat([length, json, data]));
  };

  it('reads back what it wrote, rounded to the type', () => {
    writeSafetensors(path(), tensors);
    const file = Checkpoint.open(folder);
    expect(file.names).to.have.members(['a', 'b']);
    expect([...file.read('a', [2, 3]).values]).to.deep.equal([...tensors.get('a')!.values]);
    expect([...file.read('b', [2]).values]).to.deep.equal([1, -3]);
  });

  it('reads half precision', () => {
    write({ h: { dtype: 'F16', shape: [2], data_offsets: [0, 4] } }, Uint8Array.of(0x00, 0x3c, 0x00, 0xc0));
    expect([...Checkpoint.open(folder).read('h', [2]).values]).to.deep.equal([1, -2]);
  });

  it('reads the shards an index names', () => {
    writeSafetensors(path('one.safetensors'), new Map([['a', tensors.get('a')!]]));
    writeSafetensors(path('two.safetensors'), new Map([['b', tensors.get('b')!]]));
    const index = { metadata: {}, weight_map: { a: 'one.safetensors', b: 'two.safetensors' } };
    writeFileSync(path('model.safetensors.index.json'), JSON.stringify(index));
    const file = Checkpoint.open(folder);
    expect([...file.read('b', [2]).values]).to.deep.equal([1, -3]);
    expect(file.has('a')).to.be.true;
  });

  it('refuses a file cut anywhere', () => {
    writeSafetensors(path(), tensors);
    const whole = readFileSync(path());
    for (let length = 0; length < whole.length; length += 7) {
      truncateSync(path(), 0);
      writeFileSync(path(), whole.subarray(0, length));
      expect(() => Checkpoint.open(folder), `${length} bytes`).to.throw(CheckpointError, path());
    }
  });

  const broken: [what: string, header: unknown, data: number, message: RegExp][] = [
    ['a header that is no JSON', '{"a":', 4, /not JSON/],
    ['a header that is no object', '[1]', 4, /no JSON object/],
    ['a negative shape', { a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4, /"a"/],
    ['offsets of another size', { a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4, /"a" \[2\] F32 needs 8 bytes/],
    ['offsets backwards', { a: { dtype: 'I8', shape: [2], data_offsets: [4, 2] } }, 4, /"a"/],
    [
      'a tensor in the bytes of another',
      { a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] }, b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } },
      8,
      /"b" lies over the bytes of another one/,
    ],
    [
      'bytes between tensors',
      { b: { dtype: 'F32', shape: [1], data_offsets: [8, 12] }, a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } },
      12,
      /4 bytes before tensor "b" belong to no tensor/,
    ],
    ['bytes before the tensors', { a: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, 8, /4 bytes before tensor "a"/],
    ['bytes beyond the tensors', { a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 9, /5 bytes after the last tensor/],
    ['too few bytes', { a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, 4, /truncated/],
  ];
  for (const [what, header, data, message] of broken) {
    it(`refuses ${what}`, () => {
      write(header, new Uint8Array(data));
      expect(() => Checkpoint.open(folder)).to.throw(CheckpointError, message);
    });
  }

  const impostors: [what: string, content: string | Uint8Array, message: RegExp][] = [
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 988097824\n',
      /Git LFS pointer.*git lfs pull/,
    ],
    ['a web page', '<!DOCTYPE html><html>Access to this model is restricted</html>', /web page/],
    ['a GGUF file', 'GGUF\x03\x00\x00\x00more', /GGUF file.*safetensors/],
    ['a PyTorch archive', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 0, 0), /zip archive \(a PyTorch checkpoint\?\)/],
    ['a pickled checkpoint', Uint8Array.of(0x80, 2, 0x7d, 0x71, 0, 0x58, 0, 0, 0, 0), /pickled/],
    ['an empty file', '', /is empty/],
    ['the zeros of a download that has not finished', new Uint8Array(4096), /begins with zeros: its download/],
  ];
  for (const [what, content, message] of impostors) {
    it(`names ${what} for what it is, in a shard too`, () => {
      writeFileSync(path(), content);
      expect(() => Checkpoint.open(folder)).to.throw(CheckpointError, message);
      rmSync(path());
      writeFileSync(path('shard.safetensors'), content);
      writeFileSync(path('model.safetensors.index.json'), JSON.stringify({ weight_map: { a: 'shard.safetensors' } }));
      expect(() => Checkpoint.open(folder)).to.throw(CheckpointError, path('shard.safetensors'));
      expect(() => Checkpoint.open(folder)).to.throw(CheckpointError, message);
    });
  }

  it('reads a header whose length looks like the beginning of another format', () => {
    // 0x8b1f are the first bytes of gzip, 0x0280 those of a pickle.
    for (const length of [0x8b1f, 0x0280]) {
      write(JSON.stringify({ h: { dtype: 'F16', shape: [1], data_offsets: [0, 2] } }).padEnd(length), Uint8Array.of(0x00, 0x3c));
      expect([...Checkpoint.open(folder).read('h', [1]).values]).to.deep.equal([1]);
    }
  });

  it('says which shards are missing, and which tensor is not where the index says', () => {
    writeSafetensors(path('one.safetensors'), new Map([['a', tensors.get('a')!]]));
    const index = (weight_map: Record<string, string>) =>
      writeFileSync(path('model.safetensors.index.json'), JSON.stringify({ weight_map }));
    index({ a: 'one.safetensors', b: 'two.safetensors', c: 'three.safetensors' });
    expect(() => Checkpoint.open(folder)).to.throw(
      CheckpointError,
      'names 3 files, of which 2 are missing: three.safetensors, two.safetensors',
    );
    index({ a: 'one.safetensors', b: 'one.safetensors' });
    expect(() => Checkpoint.open(folder)).to.throw(CheckpointError, 'holds tensor "b", and it does not');
    index({});
    expect(() => Checkpoint.open(folder)).to.throw(CheckpointError, 'names no file');
    index({ a: '../one.safetensors', b: '../one.safetensors' });
    expect(() => Checkpoint.open(folder)).to.throw(
      CheckpointError,
      /weight_map\.a: accepted are names of files in the same folder, and 1 more$/,
    );
    index(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`t${i}`, `${i}.safetensors`])));
    expect(() => Checkpoint.open(folder)).to.throw(
      CheckpointError,
      /of which 9 are missing: 0\.safetensors, .*, 3\.safetensors and 5 more$/,
    );
  });

  it('calls a link to nothing so, and tells what else lies beside one file', () => {
    writeSafetensors(path('one.safetensors'), tensors);
    writeFileSync(path('model.safetensors.index.json'), JSON.stringify({ weight_map: { a: 'one.safetensors', b: 'one.safetensors' } }));
    expect(Checkpoint.open(folder).notes).to.deep.equal([]);
    symlinkSync('../../blobs/gone', path());
    expect(() => Checkpoint.open(folder)).to.throw(CheckpointError, `${path()} is a link to a file that is not there`);
    rmSync(path());
    symlinkSync('one.safetensors', path());
    expect(Checkpoint.open(folder).notes).to.deep.equal([
      'passed over: model.safetensors.index.json and its shards; model.safetensors comes first',
    ]);
    rmSync(path());
    rmSync(path('one.safetensors'));
    symlinkSync('../../blobs/gone', path('one.safetensors'));
    expect(() => Checkpoint.open(folder)).to.throw(
      CheckpointError,
      /1 are missing: one\.safetensors \(links to files that are not there\)/,
    );
  });

  it('says what there is instead of safetensors', () => {
    writeFileSync(path('pytorch_model.bin'), 'x');
    expect(() => Checkpoint.open(folder)).to.throw(
      CheckpointError,
      /only pytorch_model\.bin; accepted are weights in the safetensors format/,
    );
  });

  it('refuses a header length that cannot be', () => {
    writeFileSync(path(), Buffer.from([1, 2, 0xfd, 0xfc, 0xfb, 0xfa, 1, 1, 9, 9, 9]));
    expect(() => Checkpoint.open(folder)).to.throw(CheckpointError, /not a safetensors file/);
    writeFileSync(path(), 'Access to model a/b is restricted. You must have access to it.');
    expect(() => Checkpoint.open(folder)).to.throw(
      CheckpointError,
      /is text, not the file: it begins with "Access to model a\/b is restricted/,
    );
  });

  it('names a missing tensor, another shape, another type, a value that is no number', () => {
    write(
      { i: { dtype: 'I64', shape: [1], data_offsets: [0, 8] }, f: { dtype: 'F32', shape: [1], data_offsets: [8, 12] } },
      new Uint8Array([...new Uint8Array(8), ...new Uint8Array(Float32Array.of(NaN).buffer)]),
    );
    const file = Checkpoint.open(folder);
    expect(() => file.read('x', [1])).to.throw(CheckpointError, 'no tensor "x"');
    expect(() => file.read('f', [2])).to.throw(CheckpointError, 'has shape [1], config.json implies [2]');
    expect(() => file.read('i', [1])).to.throw(CheckpointError, 'is I64; accepted are F32, F16, BF16');
    expect(() => file.read('f', [1])).to.throw(CheckpointError, 'holds NaN at index 0');
    expect(() => Checkpoint.open(join(folder, 'nowhere'))).to.throw(CheckpointError, 'neither model.safetensors nor');
  });
});
