/**
 * The embedded engine: prompt and decoding speed, whole requests and bytes held, for both reference sizes in BF16, FP8 and FP4. The peer
 * is the same model as plain JavaScript loops over f32 (scalar-transformer.ts), measured in the same run.
 */

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelConfig } from '../../fpx/checkpoint/model-config.js';
import { FORMATS, parsePrecisionMap, type Format } from '../../fpx/precision.js';
import { packageRoot } from '../../fpx/root.js';
import { Checkpoint } from '../../fpx/checkpoint/safetensors.js';
import { Transformer } from '../../fpx/transformer.js';
import { writeRandomModel } from '../fpx/random-model.js';
import { ScalarTransformer } from './scalar-transformer.js';

interface Row {
  case: string;
  unit: string;
  ours: number;
  peer?: number;
  ratio?: number;
  note?: string;
}

const PROMPT_TOKENS = 300;
const ANSWER_TOKENS = 6;
const ROUNDS = 15;
/** The peer is slow: it warms up within its first prompt, and few rounds must do. */
const PEER_ROUNDS = 3;

interface Timing {
  promptMs: number;
  decodeUs: number;
  requestMs: number;
}

/** What both engines have. */
interface Appending {
  append(tokens: readonly number[]): Float32Array;
}

/** One request: a prompt, then one token at a time, each the likeliest. */
function request(model: Appending, prompt: readonly number[]): Timing {
  const start = process.hrtime.bigint();
  let logits = model.append(prompt);
  const prompted = process.hrtime.bigint();
  for (let i = 0; i < ANSWER_TOKENS; i++) {
    let best = 0;
    for (let t = 1; t < logits.length; t++) if (logits[t]! > logits[best]!) best = t;
    logits = model.append([best]);
  }
  const end = process.hrtime.bigint();
  const promptMs = Number(prompted - start) / 1e6;
  return { promptMs, decodeUs: Number(end - prompted) / 1e3 / ANSWER_TOKENS, requestMs: Number(end - start) / 1e6 };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The trained reference models, or random ones of their sizes when a checkout has fewer than two. */
function models(temporary: string): { name: string; folder: string }[] {
  const folder = join(packageRoot(), 'models');
  const trained = existsSync(folder)
    ? readdirSync(folder).filter((name) => ['config.json', 'model.safetensors'].every((file) => existsSync(join(folder, name, file))))
    : [];
  if (trained.length >= 2) return trained.map((name) => ({ name, folder: join(folder, name) }));
  const sizes = [
    { name: 'random-1m', dModel: 128, ffWidth: 384, layers: 4, heads: 4, vocabSize: 1024 },
    { name: 'random-4m', dModel: 256, ffWidth: 768, layers: 5, heads: 8, vocabSize: 1024 },
  ];
  return sizes.map(({ name, ...shape }) => ({ name, folder: writeRandomModel(join(temporary, name), shape).folder }));
}

async function benchModel(name: string, folder: string): Promise<Row[]> {
  const config = readModelConfig(folder);
  const prompt = Array.from({ length: PROMPT_TOKENS }, (_, i) => (i * 37 + 11) % config.vocabSize);
  const engines = {} as Record<Format, Transformer>;
  for (const format of FORMATS) engines[format] = await Transformer.load(folder, parsePrecisionMap(format));
  const timings = { bf16: [], fp8: [], fp4: [] } as Record<Format, Timing[]>;
  // Formats take turns, so that whatever else the machine does falls on all; the first rounds only warm up.
  for (let round = -3; round < ROUNDS; round++) {
    for (const format of FORMATS) {
      engines[format].truncate(0);
      const timing = request(engines[format], prompt);
      if (round >= 0) timings[format].push(timing);
    }
  }
  const scalar = new ScalarTransformer(config, Checkpoint.open(folder), PROMPT_TOKENS + ANSWER_TOKENS);
  const peers = Array.from({ length: PEER_ROUNDS }, () => {
    scalar.clear();
    return request(scalar, prompt);
  });
  const bytesF32 = engines.bf16.summary.parameters * 4;

  return FORMATS.flatMap((format): Row[] => {
    const of = (key: keyof Timing, from = timings[format]) => median(from.map((t) => t[key]));
    const { weightBytes, activations } = engines[format].summary;
    const row = (what: string, unit: string, ours: number, theirs: number): Row => {
      return { case: `${name} ${format} ${what}`, unit, ours, peer: theirs, ratio: ours / theirs, note: 'peer: scalar JavaScript, f32' };
    };
    const rows = [
      row('prompt', 'tokens/s', (PROMPT_TOKENS / of('promptMs')) * 1e3, (PROMPT_TOKENS / of('promptMs', peers)) * 1e3),
      row('decoding', 'tokens/s', 1e6 / of('decodeUs'), 1e6 / of('decodeUs', peers)),
      row(`request (${PROMPT_TOKENS} + ${ANSWER_TOKENS} tokens)`, 'ms', of('requestMs'), of('requestMs', peers)),
      { ...row('weights held', 'bytes', weightBytes, bytesF32), note: `${activations}; peer: the same parameters in f32` },
    ];
    if (format === 'bf16') return rows;
    const ratio = median(timings[format].map((t, round) => t.requestMs / timings.bf16[round]!.requestMs));
    const note = `median of ${ROUNDS} paired rounds`;
    return [...rows, { case: `${name} ${format} request time / bf16`, unit: 'ratio', ours: ratio, peer: 1, ratio, note }];
  });
}

export async function bench(): Promise<Row[]> {
  const temporary = mkdtempSync(join(tmpdir(), 'tickbench-bench-engine-'));
  try {
    const rows: Row[] = [];
    for (const { name, folder } of models(temporary)) rows.push(...(await benchModel(name, folder)));
    return rows;
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
