import { expect } from 'chai';
import fc from 'fast-check';
import { forgetSecrets, keepSecret, redact, redactJson } from '../../../harness/host/secrets.js';

describe('keys', () => {
  afterEach(forgetSecrets);

  it('that are known are cut out of any text: as they are, as base64, in addresses and in JSON', () => {
    const character = fc.constantFrom(...'abcdefXYZ0189-_./+=$(*"');
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 8, maxLength: 60 }), fc.string(), fc.string(), (key, before, after) => {
        fc.pre(!/^(.)\1*$/.test(key) && !before.includes(key) && !after.includes(key));
        forgetSecrets();
        keepSecret(key);
        for (const form of [key, Buffer.from(key).toString('base64'), encodeURIComponent(key), JSON.stringify(key).slice(1, -1)])
          expect(redact(`${before} ${form} ${after}`)).not.to.contain(form);
      }),
    );
  });

  it('are cut out of texts that quote a text with them: any of their characters escaped, as often as it was quoted', () => {
    const key = 'Zr8Q/abc+DEF==w3Lm5"Np7';
    keepSecret(key);
    const hex = (c: string, digits: number): string => c.charCodeAt(0).toString(16).padStart(digits, '0');
    const escapes: ((c: string) => string)[] = [
      (c) => c,
      (c) => `\\u${hex(c, 4)}`,
      (c) => `\\\\u${hex(c, 4).toUpperCase()}`,
      (c) => (/[/"]/.test(c) ? `\\${c}` : c),
      (c) => (/[/"]/.test(c) ? `\\\\\\${c}` : c),
      (c) => `%${hex(c, 2)}`,
      (c) => `&#x${hex(c, 2)};`,
      (c) => `&#${c.charCodeAt(0)};`,
    ];
    const ways = fc.array(fc.constantFrom(...escapes), { minLength: key.length, maxLength: key.length });
    const words = fc.constantFrom('', 'upstream: {"m":"', 'a\\nb ', '100 % of ', '&amp; ');
    fc.assert(
      fc.property(ways, words, words, (how, before, after) => {
        const echoed = [...key].map((c, i) => how[i]!(c)).join('');
        expect(redact(`${before}${echoed}${after}`)).to.equal(`${before}[key]${after}`);
      }),
      { numRuns: 500 },
    );
    expect(redact('"Zr8Q\\/abc\\u002BDEF'), 'shortened').to.equal('"[key]');
  });

  it('are cut in large and small letters, and where a line ends in them, as mail and YAML fold long words', () => {
    const key = 'tickbench-Zr8Qw3Lm5Np7';
    keepSecret(key);
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: key.length, maxLength: key.length }),
        fc.integer({ min: 1, max: key.length - 1 }),
        fc.constantFrom('\n', '\r\n    ', '\\n', '\\r\\n  ', ''),
        (large, at, fold) => {
          const letters = [...key].map((c, i) => (large[i] ? c.toUpperCase() : c.toLowerCase())).join('');
          const echoed = letters.slice(0, at) + fold + letters.slice(at);
          expect(redact(`it is\n${echoed}\nand no other`)).to.equal('it is\n[key]\nand no other');
        },
      ),
    );
    keepSecret('Secret7');
    expect(redact('a short one is cut as it is: Secret7, not SECRET7')).to.equal('a short one is cut as it is: [key], not SECRET7');
  });

  it('are cut where a text was shortened in their middle, and words like their first letters stay', () => {
    keepSecret('tickbench-Zr8Qw3Lm5Np7');
    expect(redact('tickbench says: tickbench-Zr8Qw3')).to.equal('tickbench says: [key]');
  });

  it('are cut whole in every form, whatever characters they have and whatever form begins like another', () => {
    const character = fc.constantFrom(...'abcXYZ019-_./+=$:~');
    const forms: ((key: string) => string)[] = [
      (key) => key,
      (key) => key.toUpperCase(),
      (key) => encodeURIComponent(key),
      (key) => Buffer.from(key).toString('hex'),
      (key) => Buffer.from(key).toString('base64'),
      (key) => [...key].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join(''),
      (key) => `${key.slice(0, 5)}\u200b${key.slice(5, 8)}\0${key.slice(8)}`,
    ];
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 12, maxLength: 60 }), fc.constantFrom(...forms), (key, form) => {
        fc.pre(!/^(.)\1*$/.test(key));
        forgetSecrets();
        keepSecret(key);
        expect(redact(`it is\n${form(key)}\nand no other`)).to.equal('it is\n[key]\nand no other');
      }),
    );
  });

  it('are cut where only their end is shown, and out of base64 of a text that they are a part of', () => {
    const key = 'Zq9-very-Secret+key/77xyzzy';
    keepSecret(key);
    expect(redact('Incorrect API key provided: ****et+key/77xyzzy')).to.equal('Incorrect API key provided: ****[key]');
    expect(redact('the model key/77 is not there, nor is xyzzy')).to.equal('the model key/77 is not there, nor is xyzzy');
    for (const before of ['', 'a', 'me:', 'Bearer ', 'user:'])
      for (const after of ['', ':', '"}', '\r\n\r\n'])
        for (const coding of ['base64', 'base64url'] as const) {
          const clean = redact(`sent ${Buffer.from(before + key + after).toString(coding)}`);
          const left = Buffer.from(clean.replace(/^sent /, '').replace(/\[key\].*/, ''), coding).toString('latin1');
          expect(clean).to.contain('[key]');
          expect(left, clean).not.to.contain('Zq');
        }
  });

  it('are cut whole where one holds another', () => {
    keepSecret('secret');
    keepSecret('Zq9-very-secret-77');
    expect(redact('it is Zq9-very-secret-77')).to.equal('it is [key]');
  });

  it('that nobody told are known by their shape, their header or their place in an address', () => {
    const texts = [
      'Incorrect API key: sk-abcdefghijklmnop1234',
      'Authorization: Bearer abcdefgh12345678',
      '{"api_key": "abcdefgh12345678"}',
      'http://user:abcdefgh12345678@host/v1',
      'https://host/v1?api-version=2024-10&key=abcdefgh12345678',
      'x-api-key=abcdefgh12345678',
      'basic abcdefgh12345678',
      'bearer abcdefgh12345678',
      ...[
        'hf_',
        'gsk_',
        'xai-',
        'nvapi-',
        'r8_',
        'ghp_',
        'github_pat_',
        'pplx-',
        'csk-',
        'fw_',
        'tgp_v1_',
        'AIza',
        'AKIA',
        'ya29.',
        'pk-',
      ].map((start) => `it was ${start}abcdefgh12345678`),
      'eyJabcdefgh12345678.abcdefgh12345678',
    ];
    for (const text of texts)
      expect(redact(text))
        .to.contain('[key]')
        .and.not.to.match(/abcdefgh/);
    expect(redact('https://host/v1?api-version=2024-10')).to.equal('https://host/v1?api-version=2024-10');
  });

  it('leave ordinary texts, placeholders and settings alone', () => {
    keepSecret('none');
    keepSecret('ollama');
    const text = 'none of ollama: max_tokens: 1234567890, the token limit is risk-averse, basic settings';
    expect(redact(text)).to.equal(text);
    const file = '/models/x/hf_quant_config.json lies beside it';
    expect(redact(file)).to.equal(file);
    expect(redact('hf_quant_config.jsonabcdefgh hf_quant_configabcdefgh')).to.equal('[key] [key]');
    const settings = { keyEnv: 'OPENAI_API_KEY', maxTokens: 64, tokenLimitField: 'max_tokens', extra: { api_key: 'abc', stop_token: 'x' } };
    expect(redactJson(settings)).to.deep.equal({ ...settings, extra: { api_key: '[key]', stop_token: 'x' } });
  });

  it('cost little on hostile texts', () => {
    keepSecret('aaaaaaaaaaaaaaaaaaaaaaaaaaaaab');
    for (const unit of ['a', 'a-', 'eyJ-', 'secret ', '://', '"key": "', 'sk-'])
      expect(redact(unit.repeat(8000)).length).to.be.greaterThan(0);
  });
});
