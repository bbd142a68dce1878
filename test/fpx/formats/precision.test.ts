import { expect } from 'chai';
import { formatOf, parsePrecisionMap, PrecisionMapError, summarizePrecision, type BlockShape } from '../../../fpx/formats/precision.js';

const shape: BlockShape = { layers: 2, dModel: 64, ffWidth: 192, heads: 4, kvHeads: 2, headWidth: 16 };

describe('precision maps', () => {
  it('takes the most specific key', () => {
    const map = parsePrecisionMap({
      default: 'bf16',
      units: { 'layers.*.*': 'fp8', 'layers.*.down': 'fp4', 'layers.1.*': 'bf16', 'layers.1.qkv': 'fp4' },
    });
    expect(formatOf(map, 0, 'qkv')).to.equal('fp8');
    expect(formatOf(map, 0, 'down')).to.equal('fp4');
    expect(formatOf(map, 1, 'down')).to.equal('bf16');
    expect(formatOf(map, 1, 'qkv')).to.equal('fp4');
  });

  it('takes a bare name', () => {
    expect(formatOf(parsePrecisionMap('fp8'), 7, 'o')).to.equal('fp8');
  });

  const refused: [what: unknown, message: string][] = [
    [null, 'null is no map; accepted are a format (bf16, fp8, fp4, fp4-tensor), and { default, units, layers }'],
    [['fp8'], '["fp8"] is no map; accepted are a format'],
    [{ default: 'fp8', unit: {}, maps: 1 }, 'there is no "unit", "maps"; accepted are'],
    [{ units: {} }, 'nothing: accepted are bf16, fp8, fp4, fp4-tensor'],
    [{ default: 'fp8', units: null }, 'null: accepted are keys such as layers.3.down'],
    ['x'.repeat(99), `"${'x'.repeat(39)}...: accepted are bf16`],
    ['int4', '"int4": accepted are bf16, fp8, fp4, fp4-tensor'],
    [{ default: 'fp16' }, '"fp16": accepted are bf16, fp8, fp4, fp4-tensor'],
    [{ units: {} }, 'default'],
    [{ default: 'fp8', layers: {} }, 'layers'],
    [{ default: 'fp8', units: { 'layers.0.down': 'nf4' } }, 'layers.0.down'],
    [{ default: 'fp8', units: { 'layers.0.q_proj': 'fp4' } }, 'takes one format with the rest of its unit, "qkv"'],
    [{ default: 'fp8', units: { 'layers.0.up': 'fp4' } }, 'takes one format with the rest of its unit, "gate_up"'],
    [{ default: 'fp8', units: { lm_head: 'fp4' } }, '"lm_head": accepted are layers.N.UNIT'],
    [{ default: 'fp8', units: { 'layers.-1.o': 'fp4' } }, 'accepted are layers.N.UNIT'],
    [7, '7 is no map'],
  ];
  for (const [what, message] of refused) {
    it(`refuses ${JSON.stringify(what)}`, () => {
      expect(() => parsePrecisionMap(what)).to.throw(PrecisionMapError, message);
    });
  }

  it('refuses a layer the model lacks', () => {
    const map = parsePrecisionMap({ default: 'fp8', units: { 'layers.2.o': 'fp4' } });
    expect(() => summarizePrecision(map, shape)).to.throw(PrecisionMapError, '"layers.2.o": the model has layers 0 to 1');
  });

  it('sums up uniform maps', () => {
    expect(summarizePrecision(parsePrecisionMap('bf16'), shape)).to.deep.equal({
      label: 'bf16',
      activations: 'w16a32',
      gammaByCount: 0,
      gammaByParameters: 0,
      bitsPerWeight: 16,
    });
    const fp8 = summarizePrecision(parsePrecisionMap('fp8'), shape);
    // Rows: qkv 128, o 64, gate_up 384 of 64 inputs (8.5 bits with an f32 a row), down 64 of 192.
    const [short, long] = [(128 + 64 + 384) * 64, 64 * 192];
    expect(fp8.bitsPerWeight).to.be.closeTo((short * 8.5 + long * (8 + 32 / 192)) / (short + long), 1e-12);
    expect(fp8.activations).to.equal('w8a8');
    const fp4 = summarizePrecision(parsePrecisionMap('fp4'), shape);
    expect(fp4.bitsPerWeight).to.be.closeTo(4.5 + (4 * 32) / (short + long), 1e-12);
    expect([fp4.label, fp4.activations, fp4.gammaByCount, fp4.gammaByParameters]).to.deep.equal(['fp4', 'w4a7', 1, 1]);
  });

  it('counts FP4 with one scale a matrix as FP4, and names it apart', () => {
    const tensor = summarizePrecision(parsePrecisionMap('fp4-tensor'), shape);
    expect(tensor.bitsPerWeight).to.be.closeTo(4 + (4 * 32) / ((128 + 64 + 384) * 64 + 64 * 192), 1e-12);
    expect([tensor.label, tensor.activations, tensor.gammaByCount, tensor.gammaByParameters]).to.deep.equal(['fp4-tensor', 'w4a4', 1, 1]);
    const units = { 'layers.*.gate_up': 'fp4-tensor', 'layers.*.o': 'fp4' };
    const mixed = summarizePrecision(parsePrecisionMap({ default: 'fp8', units }), shape);
    expect([mixed.label, mixed.activations]).to.deep.equal(['fp4-tensor 50% fp4 8% fp8 42%', 'w4a4+w4a7+w8a8']);
    expect(mixed.gammaByCount).to.equal(6 / 14);
  });

  it('counts linear layers and weights of a mixed map', () => {
    const map = parsePrecisionMap({ default: 'fp8', units: { 'layers.*.gate_up': 'fp4', 'layers.0.o': 'bf16' } });
    const summary = summarizePrecision(map, shape);
    const block = (128 + 64 + 384) * 64 + 64 * 192;
    expect(summary.gammaByCount).to.equal(4 / 14);
    expect(summary.gammaByParameters).to.be.closeTo((384 * 64) / block, 1e-12);
    expect(summary.label).to.equal('fp4 50% fp8 46% bf16 4%');
    expect(summary.activations).to.equal('w4a7+w8a8+w16a32');
  });
});
