import { expect } from 'chai';
import { deploymentOf } from '../../../fpx/checkpoint/deployment.js';
import { formatTable, head, onGpu } from '../../../fpx/export/remarks.js';
import type { Format } from '../../../fpx/formats/precision.js';
import { known } from './maps.js';

const MAP = { default: 'fp8', units: { 'layers.*.gate_up': 'fp4', 'layers.0.*': 'bf16' } } as const;
const mixed = deploymentOf(known('Qwen/Qwen2.5-7B-Instruct'), MAP, 'w4a4');
const all = (format: Format) => deploymentOf(known('Qwen/Qwen3-8B'), { default: format, units: {} }, 'w4a4');

describe('the head of an export', () => {
  it("says that FP4 is weight-only below compute capability 10.0, in its row and in words, and not where it isn't", () => {
    for (const capability of [8.0, 8.9, 9.0]) {
      expect(onGpu('fp4', 'w4a4', capability)).to.include('weight-only (W4A16)');
      expect(head(mixed, [], capability).replaceAll('\n# ', ' ')).to.include('Below compute capability 10.0 an FP4 layer is weight-only');
    }
    expect(onGpu('fp4', 'w4a4')).to.include('below compute capability 10.0 weight-only');
    for (const capability of [10.0, 12.0]) expect(head(mixed, [], capability)).to.not.include('weight-only');
    expect(head(all('fp8'), [])).to.not.include('weight-only');
    expect(head(all('fp8'), [], 8.6)).to.match(/^# fp8 .*weight-only \(W8A16\)$/m);
  });

  it('says that FP4 is weight-only where it was asked to be, on any GPU, and where it could be more', () => {
    const weightOnly = deploymentOf(known('Qwen/Qwen2.5-7B-Instruct'), MAP);
    for (const capability of [undefined, 9.0, 10.0]) {
      const text = head(weightOnly, [], capability).replaceAll('\n# ', ' ');
      expect(text)
        .to.match(/fp4 +54 .* weight-only \(W4A16\)/)
        .and.include('FP4 layers are weight-only here');
      expect(text.includes('--fp4 w4a4')).to.equal(capability !== 9);
    }
  });

  it('tells the layers and the share of the weights of each format', () => {
    const [, bf16, fp8, fp4, ...more] = formatTable(mixed, 10);
    expect(more).to.deep.equal([]);
    // 28 blocks: 7 layers of the first, 5 and 2 of each other; a gate_up is 2 x 3584 x 18944 of 233,046,016 weights.
    const share = Math.round((100 * 27 * 2 * 3584 * 18944) / (28 * 233_046_016));
    expect(bf16).to.match(/^bf16 +7 +4 % {2}W16A16$/);
    expect(fp8).to.match(new RegExp(`^fp8 +135 +${96 - share} % {2}W8A8`));
    expect(fp4).to.match(new RegExp(`^fp4 +54 +${share} % {2}W4A4`));
  });

  it('is comments that fit 80 columns, and warns of mixes alone', () => {
    for (const deployment of [mixed, all('fp4'), all('fp8'), all('bf16')]) {
      const text = head(deployment, [
        'A sentence that is too long for a line of 80 columns and that has to be broken somewhere.'.repeat(3),
      ]);
      for (const line of text.trimEnd().split('\n')) expect(line).to.match(/^#( \S.{0,77})?$/);
      expect(text.includes('mixed model')).to.equal(deployment === mixed);
    }
  });
});
