import { expect } from 'chai';
import fc from 'fast-check';
import { DeploymentError, deploymentOf } from '../../../fpx/checkpoint/deployment.js';
import { formatOf, PrecisionMapError } from '../../../fpx/formats/precision.js';
import { assignments, known } from '../export/maps.js';

const MODEL = 'Qwen/Qwen2.5-7B-Instruct';

describe('a deployment', () => {
  it('names seven linear layers of every block, each in the format of its unit', () => {
    fc.assert(
      fc.property(assignments, ({ model, map }) => {
        const { layers } = deploymentOf(model, map);
        expect(layers).to.have.length(7 * model.layers);
        expect(new Set(layers.map(({ name }) => name))).to.have.property('size', layers.length);
        for (const { name, layer, unit, format } of layers) {
          expect(format).to.equal(formatOf(map, layer, unit));
          expect(name).to.match(new RegExp(`^model\\.layers\\.${layer}\\.(self_attn|mlp)\\.[a-z]+_proj$`));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is named after its format, a mix by a hash of what each layer has', () => {
    const name = (units: Record<string, 'fp4' | 'fp8'>): string => deploymentOf(known(MODEL), { default: 'fp8', units }).name;
    expect(name({})).to.equal('Qwen2.5-7B-Instruct-fp8');
    const both = (units: Record<string, 'fp4'>): string => deploymentOf(known(MODEL), { default: 'fp8', units }, 'w4a4').name;
    expect([both({}), both({ 'layers.*.*': 'fp4' })]).to.deep.equal(['Qwen2.5-7B-Instruct-fp8', 'Qwen2.5-7B-Instruct-fp4-w4a4']);
    expect(both({ 'layers.3.o': 'fp4' })).to.equal(`${name({ 'layers.3.o': 'fp4' })}-w4a4`);
    expect(name({ 'layers.*.*': 'fp4' })).to.equal('Qwen2.5-7B-Instruct-fp4');
    expect(name({ 'layers.3.o': 'fp4' })).to.match(/^Qwen2\.5-7B-Instruct-mixed-[0-9a-f]{6}$/);
    expect(name({ 'layers.3.o': 'fp4' })).to.not.equal(name({ 'layers.4.o': 'fp4' }));
    expect(name({ 'layers.3.o': 'fp4', 'layers.3.down': 'fp8' })).to.equal(name({ 'layers.3.o': 'fp4' }));
  });

  it('is refused where a unit is in a format without kernels on servers, or the map is of a larger model', () => {
    const of = (units: Record<string, 'fp4-tensor' | 'fp4'>, ffWidth = 18944) =>
      deploymentOf({ ...known(MODEL), ffWidth }, { default: 'bf16', units });
    expect(() => of({ 'layers.2.down': 'fp4-tensor' })).to.throw(DeploymentError, /^layers\.2\.down is fp4-tensor.*Take fp4/);
    expect(() => of({ 'layers.2.down': 'fp4' }, 1000)).to.throw(DeploymentError, /layers\.2\.down is fp4 with 1000 inputs/);
    expect(of({ 'layers.2.o': 'fp4' }, 1000).formats).to.deep.equal(['fp4']);
    expect(() => of({ 'layers.28.down': 'fp4' })).to.throw(PrecisionMapError, /layers 0 to 27/);
  });
});
