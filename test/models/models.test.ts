/** The committed reference models: their sizes, that they load in the embedded engine and compute what PyTorch does, and that they answer both tasks in words the tasks read. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parsePrecisionMap } from '../../fpx/formats/precision.js';
import { Transformer } from '../../fpx/model/transformer.js';
import { packageRoot } from '../../harness/host/root.js';
import { taskNamed } from '../../harness/match/tasks.js';
import type { AnyTask } from '../../envs/environment.js';
import { loadBank } from '../../harness/oracle/bank.js';
import { probeParts, Probes } from '../../scoring/oracle/probes.js';
import { qualityDifference } from '../../scoring/figures/quality.js';
import { differenceInterval } from '../../scoring/statistics/pairing.js';
import { playRung } from '../../scoring/ratings/ladder.js';
import { withModel } from '../bench/model-bot.js';
import { ratioOfSums } from '../../scoring/statistics/ratios.js';
import { modelPlayer, probe } from '../../models/recipe/evaluate.js';
import { MODELS, SEED_LIMIT, TASKS, modelFolder } from '../../models/recipe/material.js';

const PARAMETERS = { 'tb-1m': [0.85e6, 1.2e6], 'tb-4m': [3.8e6, 4.8e6] } as const;

/** States of a match between two experts, every `stride` publishing moments. */
function statesOf(task: AnyTask, seed: number, count: number, strideUs: number): unknown[] {
  const environment = task.create(task.parseOptions({}), seed);
  const expert = task.bots.find((bot) => bot.name === 'expert')!.create({ seed });
  const states: unknown[] = [];
  for (let at = environment.nextPublish(-1); states.length < count && !environment.over; at = environment.nextPublish(at + strideUs)) {
    environment.advance(at);
    const seat = states.length % task.seats(task.parseOptions({}));
    const state: unknown = environment.observe(seat);
    states.push(state);
    environment.act(seat, expert.decide(state), at);
  }
  return states;
}

for (const model of MODELS) {
  describe(`reference model ${model}`, () => {
    it('has the size of its name', () => {
      const bytes = readFileSync(join(modelFolder(model), 'model.safetensors'));
      const length = Number(bytes.readBigUInt64LE(0));
      const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { dtype?: string; shape?: number[] }>;
      const tensors = Object.values(header).filter((entry) => entry.shape !== undefined);
      expect(new Set(tensors.map(({ dtype }) => dtype))).to.deep.equal(new Set(['BF16']));
      const count = tensors.reduce((sum, { shape }) => sum + shape!.reduce((a, b) => a * b, 1), 0);
      expect(bytes.length).to.equal(8 + length + 2 * count);
      const [low, high] = PARAMETERS[model];
      expect(count).to.be.within(low, high);
    });

    it('computes the logits that PyTorch computes from the same files', async () => {
      const path = join(packageRoot(), 'test/models/golden', `${model}.logits.json`);
      expect(existsSync(path)).to.equal(true);
      const { prompt, logits } = JSON.parse(readFileSync(path, 'utf8')) as { prompt: number[]; logits: number[] };
      const transformer = await Transformer.load(modelFolder(model), parsePrecisionMap('bf16'));
      const ours = Array.from(transformer.append(prompt));
      expect(ours.length).to.equal(logits.length);
      const scale = Math.max(...logits.map(Math.abs));
      const worst = Math.max(...ours.map((each, i) => Math.abs(each - logits[i]!)));
      // The golden file has four decimals; the engine's float32 sums differ from PyTorch's in order alone.
      expect(worst).to.be.below(1e-3 * scale);
      expect(ours.indexOf(Math.max(...ours))).to.equal(logits.indexOf(Math.max(...logits)));
    });

    for (const name of TASKS) {
      it(`answers ${name} in words that it reads, the same each time`, async () => {
        const task = taskNamed(name);
        const states = statesOf(task, SEED_LIMIT + 77, 40, 700_000);
        expect(states.length).to.equal(40);
        const { decide, tally } = await modelPlayer(model, 'bf16', name);
        const again = await modelPlayer(model, 'bf16', name);
        for (const state of states) expect(await decide(state)).to.deep.equal(await again.decide(state));
        expect(tally.decisions).to.equal(40);
        expect(tally.parsed).to.be.at.least(39);
      });
    }

    it('wins clearly more of what is at stake in the fight’s probes than doing nothing does', async () => {
      const probes = new Probes(taskNamed('fighter'), loadBank('fighter'), 128);
      const run = await probe(probes, model, 'bf16');
      const idle = probeParts(
        probes.probes,
        probes.probes.map((_, i) => probes.stakes(i)),
      );
      const ahead = qualityDifference(run.parts, idle);
      const left = 1 - ratioOfSums(idle).value!;
      expect(ahead.low! / left).to.be.above(0.15);
    });
  });
}

describe('the smallest reference model', () => {
  it('earns clearly more than the random bot in the market that has to be read, the clock waiting', async () => {
    const task = await withModel(taskNamed('hft'), MODELS[0], 'fp4');
    const options = { durationUs: 30_000_000, gridUs: 500_000, market: { kind: 'synthetic', preset: 'news-wire' } };
    const earns = (bot: string): number[] =>
      Array.from({ length: 12 }, (_, i) => {
        return playRung(task, { bot, delayUs: task.patient!.latencyUs, errorPermille: 0 }, SEED_LIMIT + i, { options, seeds: [] });
      });
    const random = earns('random');
    expect(differenceInterval(earns(MODELS[0]).map((reward, i) => reward - random[i]!)).low!).to.be.above(0);
  });
});
