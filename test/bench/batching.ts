/**
 * What several requests at once are worth: requests a second of 1, 2, 4 and 8 simultaneous clients, each with one request after another, of an
 * engine that computes up to eight requests together; the peer is the same model computing one at a time. Both take turns within the run.
 * Prompts have a beginning in common, as a task's have, and an end of their own that neither has seen before.
 */
import { join } from 'node:path';
import { parsePrecisionMap } from '../../fpx/formats/precision.js';
import type { AnswerMaker } from '../../fpx/model/generate.js';
import { BatchGenerator } from '../../fpx/model/batch-generator.js';
import { BatchTransformer } from '../../fpx/model/batch-transformer.js';
import { Generator } from '../../fpx/model/generate.js';
import { Transformer } from '../../fpx/model/transformer.js';
import { RequestQueue } from '../../fpx/endpoint/queue.js';
import { packageRoot } from '../../fpx/root.js';
import { Tokenizer } from '../../fpx/text/tokenizer.js';
import type { BenchRow } from './main.js';

const SEQUENCES = 8;
const CLIENTS = [1, 2, 4, 8];
const FORMATS = ['bf16', 'fp8', 'fp4'];
/** Tokens of a prompt that all have in common, and of its own; tokens of an answer. */
const SHARED = 200;
const OWN = 40;
const ANSWER = 24;
/** Requests of one measurement, and measurements, of which the fastest counts: others may want the cores meanwhile. */
const REQUESTS = 8;
const ROUNDS = 6;

const never = new AbortController().signal;

/** Requests a second. @param series makes prompts of which none is another series' */
async function rate(maker: AnswerMaker, slots: number, clients: number, series: number): Promise<number> {
  const queue = new RequestQueue(CLIENTS.at(-1)!, { slots });
  let left = REQUESTS;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const own = series * REQUESTS + left;
      const prompt = Array.from({ length: SHARED + OWN }, (_, i) => (i < SHARED ? (i * 31 + 7) % 500 : (i * 17 + own * 101) % 1009));
      const sampling = { temperature: 1, topP: 1, topK: 0, seed: own };
      await queue.run(
        () => maker.generate({ prompt, maxTokens: ANSWER, stop: [], sampling, ignoreEnd: true }, () => undefined, never),
        never,
      );
    }
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return REQUESTS / ((performance.now() - beganMs) / 1000);
}

/** Rows for the larger reference model in each format. */
export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const name = 'tb-4m';
  const folder = join(packageRoot(), 'models', name);
  const tokenizer = await Tokenizer.load(folder);
  for (const format of FORMATS) {
    const precision = parsePrecisionMap(format);
    const [one, several] = [
      await Transformer.load(folder, precision),
      await BatchTransformer.load(folder, precision, { sequences: SEQUENCES }),
    ];
    const options = { contextTokens: one.config.maxPositions, endTokens: new Set<number>(), prefixCache: true, threads: 1 };
    const alone = new Generator(one, tokenizer, options);
    const together = new BatchGenerator(several, tokenizer, { ...options, sequences: SEQUENCES });
    let series = 0;
    for (const clients of CLIENTS) {
      let [ours, peer] = [0, 0];
      for (let round = 0; round < ROUNDS; round++, series++) {
        const [a, b] = [await rate(alone, 1, clients, series), await rate(together, SEQUENCES, clients, series)];
        // The first round of a format is the compiler's.
        if (series > 0) [peer, ours] = [Math.max(peer, a), Math.max(ours, b)];
      }
      const note = clients === 1 ? `${SHARED} + ${OWN} prompt tokens, ${ANSWER} of the answer; peer: --sequences 1` : '';
      rows.push({ case: `${name} ${format}, clients: ${clients}`, unit: 'requests/s', ours, peer, ratio: ours / peer, note });
    }
  }
  return rows;
}
