/** What a configuration is: everything that could change an answer counts, names and places do not, and no secret or path is shown. */
import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { configurationSchema, type Configuration } from '../../../harness/configuration/configuration.js';
import type { AdaptiveTeam, Member, Team, TwoThreadTeam } from '../../../harness/configuration/team.js';
import { packageRoot } from '../../../harness/host/root.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { identityOf, publicUrl, shownConfiguration } from '../../../harness/seating/identity.js';

describe('the identity of a configuration', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-identity-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const task = taskNamed('hft');
  const external = (endpoint: object = {}, request: object = {}, rest: object = {}): Configuration =>
    configurationSchema.omit({ latency: true }).parse({
      name: 'm',
      endpoint: { kind: 'openai', url: 'http://h:1/v1', model: 'm', ...endpoint },
      request,
      ...rest,
    });

  it('changes with the prompt’s text, not with its name or place', async () => {
    const text = readFileSync(join(packageRoot(), 'envs/hft/prompts/plain.txt'), 'utf8');
    const [mine, copy] = [join(folder, 'mine.txt'), join(folder, 'copy.txt')];
    for (const path of [mine, copy]) writeFileSync(path, text);
    const before = await identityOf(external({}, {}, { prompt: mine }), task);
    expect(await identityOf(external({}, {}, { prompt: copy }), task)).to.equal(before);
    expect(await identityOf(external({}, {}, { prompt: 'plain' }), task)).to.equal(before);
    writeFileSync(mine, `Mind the spread.\n${text}`);
    expect(await identityOf(external({}, {}, { prompt: mine }), task)).to.not.equal(before);
  });

  it('changes with the address, the model and every field of a request, but not with keys or names', async () => {
    const same = [external(), external({ keyEnv: 'A_KEY' }), external({ url: 'http://user:pass@h:1/v1' }), external({}, {}, { name: 'n' })];
    expect(new Set(await Promise.all(same.map((each) => identityOf(each, task)))).size).to.equal(1);
    const others = [
      external(),
      external({ url: 'http://h:2/v1' }),
      external({ model: 'n' }),
      external({ extra: { top_k: 1 } }),
      external({ gateway: true }),
      ...[{ temperature: 1 }, { topP: 0.5 }, { maxTokens: 65 }, { stop: [';'] }, { seed: 1 }, { memory: 1 }, { guided: true }].map(
        (request) => external({}, request),
      ),
      external({}, { afterRelease: 'read' }),
    ];
    expect(new Set(await Promise.all(others.map((each) => identityOf(each, task)))).size).to.equal(others.length);
    expect(await identityOf(external({ extra: { a: 1, b: 2 } }), task)).to.equal(
      await identityOf(external({ extra: { b: 2, a: 1 } }), task),
    );
  });

  it('changes with the files of a model of ours, and not with their times', async () => {
    const model = join(folder, 'model');
    cpSync(join(packageRoot(), 'models/tb-1m'), model, { recursive: true });
    const embedded = (precision: unknown = 'fp8', threads = 1): Configuration =>
      configurationSchema
        .omit({ latency: true })
        .parse({ name: 'e', endpoint: { kind: 'embedded', model, precision, threads }, request: {} });
    const before = await identityOf(embedded(), task);
    for (const name of ['tokenizer_config.json', 'model.safetensors']) utimesSync(join(model, name), 1, 1);
    expect(await identityOf(embedded(), task)).to.equal(before);
    const seen = [before, await identityOf(embedded('fp4'), task), await identityOf(embedded('fp8', 2), task)];
    for (const name of ['tokenizer_config.json', 'generation_config.json', 'config.json']) {
      const text = readFileSync(join(model, name), 'utf8');
      writeFileSync(join(model, name), `${text}\n`);
      seen.push(await identityOf(embedded(), task));
      writeFileSync(join(model, name), text);
    }
    writeFileSync(join(model, 'chat_template.jinja'), '{{ messages[0].content }}');
    seen.push(await identityOf(embedded(), task));
    expect(new Set(seen).size).to.equal(seen.length);
  });

  it('is shown with no key, no password and no path of this machine', () => {
    expect(publicUrl('https://me:secret@h/v1?api-version=2&api-key=k')).to.equal('https://h/v1?api-version=2');
    expect(publicUrl('http://h:8000/v1')).to.equal('http://h:8000/v1');
    const extra = { chat_template_kwargs: { enable_thinking: false }, options: { api_key: 'sk-1', max_tokens: 3 } };
    const shown = JSON.stringify([
      shownConfiguration(
        external({ url: 'https://me:pw@h/v1?token=t', extra, keyEnv: 'THE_KEY' }, {}, { prompt: join(folder, 'p.txt') }),
        task,
      ),
      shownConfiguration(
        external({ kind: 'command', command: `${folder}/serve --api-key sk-2`, url: 'http://h/v1', startTimeoutS: 1, extra: {} }),
        task,
      ),
    ]);
    expect(shown).to.include('enable_thinking').and.include('max_tokens').and.include('p.txt');
    for (const hidden of ['pw', 'me:', 'token=t', 'sk-1', 'sk-2', folder]) expect(shown, hidden).to.not.include(hidden);
  });

  it('of a team holds that of every member, its place, and how they play together on this task', async () => {
    const member = (role: string, configuration = external()): Member => ({ role, configuration });
    const members = [member('small'), member('large', external({ model: 'l' }))];
    const learning = { discount: 0.99, explore: 1 };
    const adaptive: AdaptiveTeam = { name: 'both', team: 'adaptive', members, learning };
    const [first, second] = members as [Member, Member];
    const twoThread: TwoThreadTeam = {
      name: 'pair',
      team: 'two-thread',
      members: [first, second],
      advising: { characters: 200, unfinished: true },
    };
    const ruled: AdaptiveTeam = { name: 'both', team: 'adaptive', members, rules: { hft: { otherwise: 'small' } } };
    const others: Team[] = [
      adaptive,
      { ...adaptive, members: [first, member('large', external({ model: 'l', extra: { top_k: 1 } }))] },
      { ...adaptive, members: [second, first] },
      { ...adaptive, learning: { ...learning, discount: 0.9 } },
      ruled,
      { ...ruled, rules: { hft: { otherwise: 'large' } } },
      twoThread,
      { ...twoThread, members: [second, first] },
      { ...twoThread, advising: { characters: 200, unfinished: false } },
    ];
    expect(new Set(await Promise.all(others.map((each) => identityOf(each, task)))).size).to.equal(others.length);
    const same: Team[] = [
      ruled,
      { ...ruled, name: 'another' },
      { ...ruled, rules: { ...ruled.rules, fighter: { otherwise: 'large' } } }, // of another task
      { ...ruled, members: [member('small', external({}, {}, { name: 'n' })), second] },
    ];
    expect(new Set(await Promise.all(same.map((each) => identityOf(each, task)))).size).to.equal(1);
    const shown = shownConfiguration({ ...ruled, members: [member('small', external({ url: 'http://user:pass@h:1/v1' })), second] }, task);
    expect(shown).to.deep.include({ team: 'adaptive', rule: { otherwise: 'small' } });
    expect(Object.keys(shown['members'] as object)).to.deep.equal(['small', 'large']);
    expect(JSON.stringify(shown)).to.not.include('pass');
  });
});
