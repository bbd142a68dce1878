/**
 * What a format costs a reference model: on states of a task's probe bank, how much less likely it makes the answer of the weights as they are
 * (BF16), in nats, how many answers stay the same, and what quality that leaves, each paired state by state with BF16's; intervals of 95 % over
 * states. Whole models first, then one layer at a time in the format beside FP8, so that sensitive layers show.
 *
 *     node dist/models/recipe/formats.js --states 256 --player tb-4m
 */
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import type { Action, Json } from '../../envs/environment.js';
import { UNITS } from '../../fpx/formats/precision.js';
import { loadBank } from '../../harness/oracle/bank.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { Probes, probeParts } from '../../scoring/oracle/probes.js';
import { qualityDifference } from '../../scoring/figures/quality.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { meanInterval } from '../../scoring/statistics/means.js';
import { MODELS, TASKS } from './material.js';
import { ModelPlayer } from './player.js';

/** What is measured of one precision map. */
interface Heard {
  answers: string[];
  /** By state, the logarithm of how likely BF16's answer is. */
  likely: number[];
  quality: ReturnType<typeof probeParts>;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      states: { type: 'string', default: '256' },
      task: { type: 'string', multiple: true, default: [...TASKS] },
      player: { type: 'string', multiple: true, default: [...MODELS] },
      layers: { type: 'string', multiple: true, default: ['fp4-tensor'] },
    },
  });
  for (const name of values.task)
    for (const player of values.player) {
      const task = taskNamed(name);
      const probes = new Probes(task, loadBank(name), Number(values.states));
      const texts = probes.probes.map(({ text }) => text);
      const plain = await ModelPlayer.load(task, player, 'bf16');
      const wanted = texts.map((text) => plain.answer(text).tokens);
      const hear = async (precision: unknown): Promise<Heard> => {
        const model = await ModelPlayer.load(task, player, precision);
        const answers = texts.map((text) => model.answer(text).text);
        const likely = texts.map((text, i) => model.logProbability(text, wanted[i]!));
        const stakes = answers.map((answer, i) => {
          const parsed = task.parse(answer, true);
          return probes.stakes(i, parsed.kind === 'action' ? (parsed.action as Action<Json>) : undefined);
        });
        return { answers, likely, quality: probeParts(probes.probes, stakes) };
      };
      const before = await hear('bf16');
      const maps: [string, unknown][] = ['fp8', 'fp4', 'fp4-tensor'].map((format) => [format, format]);
      for (const format of values.layers)
        for (let layer = 0; layer < plain.layers; layer++)
          for (const unit of UNITS) maps.push([`${format} in layer ${layer} ${unit}, else fp8`, { default: 'fp8', units: { [`layers.${layer}.${unit}`]: format } }]); // prettier-ignore
      for (const [label, map] of maps) {
        const heard = await hear(map);
        const nats = meanInterval(heard.likely.map((each, i) => before.likely[i]! - each));
        const same = heard.answers.filter((answer, i) => answer === before.answers[i]).length / texts.length;
        const quality = qualityDifference(heard.quality, before.quality);
        console.log(JSON.stringify({ task: name, player, precision: label, states: texts.length, nats: round(nats), same: Number(same.toFixed(3)), quality: round(quality) })); // prettier-ignore
      }
    }
}

function round({ value, low, high }: Estimate): (number | null)[] {
  return [value, low, high].map((x) => (x === null ? null : Number(x.toFixed(4))));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
