import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { smallestMap } from '../../../../fpx/assignment/smallest-map.js';
import { FORMATS, parsePrecisionMap, type Format } from '../../../../fpx/formats/precision.js';
import { configurationText, sizeInName, type ConfigurationParts } from '../../../../harness/cli/fpx/configuration-text.js';
import { ConfigurationError } from '../../../../harness/configuration/configuration.js';

const PARTS: ConfigurationParts = { comment: ['why'], model: 'models/tb-1m', precision: { default: 'fp8', units: {} }, prompt: 'plain' };

describe("a configuration's text", () => {
  it('says any map as YAML that reads as the same map', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<Format>(...FORMATS), { minLength: 12, maxLength: 12 }), (formats) => {
        const precision = smallestMap(formats);
        const { endpoint } = parse(configurationText({ ...PARTS, precision }, 'made')) as { endpoint: { precision: unknown } };
        expect(parsePrecisionMap(endpoint.precision)).to.deep.equal(precision);
      }),
    );
  });

  it('keeps names that YAML would take for something else, and long comments within a line', () => {
    const comment = Array.from({ length: 60 }, () => 'words').join(' ');
    const text = configurationText({ ...PARTS, comment: [comment], name: '1e3', size: '7B', model: '../a model: of mine' }, 'made');
    const read = parse(text) as { name: string; size: string; endpoint: { model: string } };
    expect([read.name, read.size, read.endpoint.model]).to.deep.equal(['1e3', '7B', '../a model: of mine']);
    expect(Math.max(...text.split('\n').map((line) => line.length))).to.be.at.most(140);
    expect(text.split('\n').filter((line) => line.startsWith('# words words')).length).to.be.greaterThan(1);
  });

  it('refuses a name that is none, its own or its file', () => {
    expect(() => configurationText({ ...PARTS, name: '/' }, 'made')).to.throw(ConfigurationError, 'name: letters, digits');
    expect(() => configurationText(PARTS, '?')).to.throw(ConfigurationError, 'name: letters, digits');
  });

  it("finds the size in a model's name", () => {
    const names = ['tb-1m', 'Qwen2.5-0.5B', 'Qwen2.5-7B-Instruct', 'llama-3', 'gpt2', 'model-4bit', 'x7b'];
    expect(names.map(sizeInName)).to.deep.equal(['1M', '0.5B', '7B', undefined, undefined, undefined, undefined]);
  });
});
