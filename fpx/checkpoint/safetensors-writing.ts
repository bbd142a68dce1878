/** Writing a safetensors file a tensor at a time: the header first, from sizes known beforehand, then each tensor's bytes as they come. */

import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { TensorShape } from './quantized-layout.js';

/** A tensor to come: its place, and its size in bytes. */
export interface TensorPlan extends TensorShape {
  size: number;
}

/** A file being written. */
export class SafetensorsFile {
  private readonly descriptor: number;
  private next = 0;
  private left: number;

  /** Opens the file and writes its header; `metadata` goes under `__metadata__`, which readers of weights pass over. */
  constructor(
    file: string,
    private readonly plan: readonly TensorPlan[],
    metadata: Readonly<Record<string, string>> = {},
  ) {
    const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
    let offset = 0;
    for (const { name, dtype, shape, size } of plan) header[name] = { dtype, shape, data_offsets: [offset, (offset += size)] };
    const json = Buffer.from(JSON.stringify(header));
    // Padded with spaces so that the tensors start on 8 bytes, as the format asks.
    const text = Buffer.concat([json, Buffer.alloc(-json.length & 7, ' ')]);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    this.left = plan[0]?.size ?? 0;
    this.descriptor = openSync(file, 'wx');
    this.put(length);
    this.put(text);
  }

  /** Writes the next bytes of tensor `name`, which must be the planned one. Throws RangeError for another or too many. */
  write(name: string, bytes: Uint8Array): void {
    while (this.left === 0 && this.next < this.plan.length - 1) this.left = this.plan[++this.next]!.size;
    const planned = this.plan[this.next]?.name;
    if (planned !== name) throw new RangeError(`tensor "${name}" comes where "${planned}" was planned`);
    if (bytes.length > this.left) throw new RangeError(`tensor "${name}" has ${bytes.length - this.left} bytes more than planned`);
    this.put(bytes);
    this.left -= bytes.length;
  }

  /** Sees the bytes onto the disk. Throws RangeError when some are missing. */
  finish(): void {
    const missing = this.plan.slice(this.next + 1).reduce((sum, { size }) => sum + size, this.left);
    if (missing > 0) throw new RangeError(`${missing} bytes of tensors were planned and not written`);
    fsyncSync(this.descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.descriptor, bytes, at, Math.min(bytes.length - at, 1 << 30));
  }
}
