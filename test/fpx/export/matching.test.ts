import { expect } from 'chai';
import { schemeOf } from '../../../fpx/export/recipe.js';
import { deploymentOf } from '../../../fpx/checkpoint/deployment.js';
import { ExportError } from '../../../fpx/export/errors.js';
import { checkScheme, matches, servedFormat, type Scheme } from '../../../fpx/export/matching.js';
import { known } from './maps.js';

const O = 'model.layers.1.self_attn.o_proj';

describe('matching as vLLM does it', () => {
  it('takes expressions from the start and not to the end, and names as they are', () => {
    expect(matches('re:model\\.layers\\.1', O)).to.equal(true);
    expect(matches('re:model\\.layers\\.1$', O)).to.equal(false);
    expect(matches('re:self_attn', O)).to.equal(false);
    expect(matches('re:x|model', O)).to.equal(true);
    expect(matches('re:x|self_attn', O)).to.equal(false);
    expect(matches(O, O)).to.equal(true);
    expect(matches('model.layers.1', O)).to.equal(false);
  });

  it('puts what is ignored first, then the first group', () => {
    const groups: Scheme['groups'] = [
      { format: 'fp8', targets: ['re:.*o_proj$'] },
      { format: 'fp4', targets: [O] },
    ];
    expect(servedFormat({ ignore: [], groups }, O)).to.equal('fp8');
    expect(servedFormat({ ignore: [O], groups }, O)).to.equal('bf16');
    expect(servedFormat({ ignore: [], groups }, 'lm_head')).to.equal(undefined);
  });

  it('finds a layer that no group names, that two name, that another format takes, and an output layer that is not left out', () => {
    const deployment = deploymentOf(known('Qwen/Qwen3-0.6B'), { default: 'fp8', units: { 'layers.1.o': 'fp4' } });
    const scheme = schemeOf(deployment);
    const fault = (change: (copy: Scheme) => void): (() => void) => {
      const copy = structuredClone(scheme);
      change(copy);
      return () => checkScheme(copy, deployment);
    };
    expect(fault(() => undefined)).to.not.throw();
    expect(fault(({ groups }) => groups[1]!.targets.pop())).to.throw(ExportError, `${O} is named by 0 groups`);
    expect(fault(({ groups }) => groups[0]!.targets.push(O))).to.throw(ExportError, `${O} is named by 2 groups`);
    expect(fault(({ ignore, groups }) => ignore.push(...groups[1]!.targets.splice(0)))).to.throw(ExportError, /in bf16 instead of fp4/);
    expect(fault(({ ignore }) => ignore.shift())).to.throw(ExportError, /lm_head/);
    const q = 'model.layers.0.self_attn.q_proj';
    const torn = structuredClone(deployment);
    torn.layers.find(({ name }) => name === q)!.format = 'bf16';
    const tornScheme = structuredClone(scheme);
    tornScheme.ignore.push(q);
    tornScheme.groups[0]!.targets = deployment.layers.filter(({ name, format }) => name !== q && format === 'fp8').map(({ name }) => name);
    expect(() => checkScheme(tornScheme, torn)).to.throw(ExportError, /layers\.0\.qkv is served fused and has bf16 and fp8/);
  });
});
