/** The compiled kernels, with a memory of their own that is filled from the bottom and never freed piece by piece. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { packageRoot } from '../root.js';

/** Exports of the kernels' modules: addresses are bytes in its memory; shapes are told in fpx/kernels/assembly. */
export interface Kernels {
  heapBase(): number;
  gatherBf16(weights: number, ids: number, output: number, count: number, depth: number): void;
  matVecBf16(weights: number, input: number, output: number, rowBegin: number, rowEnd: number, depth: number): void;
  matMulBf16(
    ...a: [
      weights: number,
      input: number,
      output: number,
      panel: number,
      rowBegin: number,
      rowEnd: number,
      depth: number,
      tokens: number,
      outputWidth: number,
    ]
  ): void;
  matVecFp8(
    ...a: [
      ...[weights: number, rowScales: number, starts: number, entries: number, input: number, tokenScale: number, output: number],
      ...[rowBegin: number, rowEnd: number, depth: number],
    ]
  ): void;
  matMulFp8(
    ...a: [
      ...[weights: number, rowScales: number, starts: number, entries: number, input: number, tokenScales: number],
      ...[output: number, panel: number],
      ...[rowBegin: number, rowEnd: number, depth: number, tokens: number, outputWidth: number],
    ]
  ): void;
  quantizeFp4(input: number, output: number, scales: number, tokens: number, depth: number): void;
  matVecFp4(
    ...a: [
      ...[weights: number, blockScales: number, excess: number, outputScale: number, input: number, tokenScale: number],
      ...[output: number, groupScales: number, rowBegin: number, rowEnd: number, depth: number],
    ]
  ): void;
  matMulFp4(
    ...a: [
      ...[weights: number, blockScales: number, excess: number, outputScale: number, input: number, tokenScales: number],
      ...[output: number, panel: number],
      ...[rowBegin: number, rowEnd: number, depth: number, tokens: number, outputWidth: number],
    ]
  ): void;
  addSmallFp4(
    ...a: [
      ...[starts: number, entries: number, outputScale: number, input: number, tokenScales: number, output: number],
      ...[rowBegin: number, rowEnd: number, depth: number, tokens: number, outputWidth: number],
    ]
  ): void;
  quantizeFp4Tensor(input: number, output: number, scales: number, tokens: number, depth: number): void;
  matVecFp4Tensor(
    ...a: [
      ...[weights: number, excess: number, outputScale: number, input: number, tokenScale: number, output: number],
      ...[rowBegin: number, rowEnd: number, depth: number],
    ]
  ): void;
  matMulFp4Tensor(
    ...a: [
      ...[weights: number, excess: number, outputScale: number, input: number, tokenScales: number, output: number, panel: number],
      ...[rowBegin: number, rowEnd: number, depth: number, tokens: number, outputWidth: number],
    ]
  ): void;
  quantize(input: number, output: number, scales: number, tokens: number, depth: number): void;
  rmsNorm(input: number, weight: number, output: number, tokens: number, width: number, epsilon: number): void;
  rotate(
    ...a: [x: number, tokens: number, width: number, heads: number, headWidth: number, cosines: number, sines: number, position: number]
  ): void;
  gate(input: number, output: number, tokens: number, width: number): void;
  addTo(x: number, y: number, tokens: number, width: number, begin: number, end: number): void;
  addBias(x: number, bias: number, tokens: number, width: number, begin: number, end: number): void;
  remember(
    ...a: [
      ...[rows: number, tokens: number, width: number, keyOffset: number, valueOffset: number, keys: number, values: number],
      ...[kvHeads: number, headWidth: number, capacity: number, position: number],
    ]
  ): void;
  attend(
    ...a: [
      ...[queries: number, tokens: number, queryWidth: number, position: number, keys: number, values: number],
      ...[heads: number, kvHeads: number, headWidth: number, capacity: number, scale: number, scores: number, output: number],
      ...[headBegin: number, headEnd: number],
    ]
  ): void;
  rememberBlocks(
    ...a: [
      ...[rows: number, tokens: number, width: number, keyOffset: number, valueOffset: number, keys: number, values: number],
      ...[table: number, kvHeads: number, headWidth: number, blockBytes: number, position: number],
    ]
  ): void;
  attendBlocks(
    ...a: [
      ...[queries: number, tokens: number, queryWidth: number, position: number, table: number, keys: number, values: number],
      ...[heads: number, kvHeads: number, headWidth: number, scale: number, scores: number, output: number],
      ...[headBegin: number, headEnd: number],
    ]
  ): void;
}

const PAGE = 65536;
/** Bytes that a system gives at a time, at least. */
const SYSTEM_PAGE = 4096;
const CACHE_LINE = 64;
/** 32-bit WebAssembly addresses at most 4 GiB. */
const LIMIT = 2 ** 32;

/** More memory than there is: than 32-bit WebAssembly addresses, or than this host gives. */
export class KernelMemoryError extends RangeError {
  override name = 'KernelMemoryError';
}

/** What the kernels are compiled to: both give the same bits, relaxed SIMD in less time. */
export type Simd = 'plain' | 'relaxed';

const FILES: Record<Simd, string> = { plain: 'kernels', relaxed: 'kernels-relaxed' };
const compiled = new Map<string, WebAssembly.Module>();

function read(simd: Simd, shared = false): Uint8Array<ArrayBuffer> {
  const file = join(packageRoot(), 'dist', 'fpx', 'kernels', `${FILES[simd]}${shared ? '-shared' : ''}.wasm`);
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Error(`the compiled kernels are missing (${file}): run \`npm run build:wasm\``, { cause });
  }
}

let relaxed: boolean | undefined;

/** The fastest SIMD this host's WebAssembly has. */
export function fastestSimd(): Simd {
  if (relaxed === undefined) {
    const bytes = read('relaxed');
    // Node 20 has relaxed SIMD behind a flag, later ones as it is.
    if (!WebAssembly.validate(bytes)) setFlagsFromString('--experimental-wasm-relaxed-simd');
    relaxed = WebAssembly.validate(bytes);
  }
  return relaxed ? 'relaxed' : 'plain';
}

function compile(simd: Simd, shared: boolean): WebAssembly.Module {
  if (simd === 'relaxed' && fastestSimd() !== 'relaxed') throw new Error("this host's WebAssembly has no relaxed SIMD");
  const key = `${simd} ${shared}`;
  const module = compiled.get(key) ?? new WebAssembly.Module(read(simd, shared));
  compiled.set(key, module);
  return module;
}

/** One instance of the kernels and its memory, which other threads' instances may share. */
export class KernelMemory {
  readonly kernels: Kernels;
  private readonly module: WebAssembly.Module;
  private readonly memory: WebAssembly.Memory;
  private top: number;

  /**
   * @param isShared whether other threads compute in it too (see team.ts)
   * @throws Error when the kernels are not compiled, or this host lacks the SIMD that is asked for
   */
  constructor(
    readonly simd: Simd = fastestSimd(),
    isShared = false,
  ) {
    this.module = compile(simd, isShared);
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: LIMIT / PAGE, shared: isShared });
    // Copied, since properties of a plain object are found faster than those of a module's exports.
    this.kernels = { ...(new WebAssembly.Instance(this.module, { env: { memory: this.memory } }).exports as unknown as Kernels) };
    this.top = this.kernels.heapBase();
  }

  /** What another thread needs to compute in this memory, if it is a shared one. */
  shared(): { module: WebAssembly.Module; memory: WebAssembly.Memory } {
    return { module: this.module, memory: this.memory };
  }

  /** Address of `bytes` fresh zeroed bytes at the start of a cache line. @throws KernelMemoryError beyond 4 GiB in all, or what the host gives */
  allocate(bytes: number): number {
    const address = Math.ceil(this.top / CACHE_LINE) * CACHE_LINE;
    const top = address + bytes;
    if (top > LIMIT) throw new KernelMemoryError(`the model needs over 4 GiB of WebAssembly memory`);
    const missing = Math.ceil((top - this.memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.grow(missing);
    this.top = top;
    return address;
  }

  /**
   * Has the system give memory that nothing has been written to yet; it is zero afterwards. Otherwise the system gives each page when it is
   * first written to, which takes microseconds a page: of keys and values a good part of the time of computing them.
   */
  take(address: number, bytes: number): void {
    const view = this.bytes(address, bytes);
    for (let at = 0; at < bytes; at += SYSTEM_PAGE) view[at] = 0;
  }

  private grow(pages: number): void {
    try {
      this.memory.grow(pages);
    } catch (cause) {
      const megabytes = Math.ceil((this.memory.buffer.byteLength + pages * PAGE) / 1e6);
      throw new KernelMemoryError(`the model needs ${megabytes} MB of WebAssembly memory, which this host does not give`, { cause });
    }
  }

  /** Copies bytes into fresh memory and says where. */
  place(data: Uint8Array | Uint16Array | Float32Array | Int32Array): number {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const address = this.allocate(bytes.length);
    this.bytes(address, bytes.length).set(bytes);
    return address;
  }

  /** Views of the memory; an `allocate` may detach them. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }
}
