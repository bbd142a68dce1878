import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnySchema } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { parse } from 'yaml';
import { botEntrants, entrantsOf, measuringCells } from '../../../harness/sweep/cells.js';
import { ConfigurationError, loadConfiguration } from '../../../harness/configuration/configuration.js';
import { loadSetup, membersOf } from '../../../harness/configuration/team.js';
import { loadPlan, planJsonSchema, type Plan } from '../../../harness/sweep/plan.js';
import { packageRoot } from '../../../harness/host/root.js';

describe('sweep plans and configurations', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-plan-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const quick = (): string => readFileSync(join(packageRoot(), 'fpx-configs/quick.yaml'), 'utf8');
  const refusal = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigurationError);
      return (error as Error).message;
    }
    throw new Error('was accepted');
  };

  it('accepts every file that the project ships, among them an endpoint of each kind, and so does the JSON Schema of plans', () => {
    const isPlan = new Ajv2020({ strict: false }).compile(planJsonSchema() as AnySchema);
    const kinds: string[] = [];
    for (const name of readdirSync(join(packageRoot(), 'fpx-configs')).filter((each) => /\.ya?ml$/.test(each))) {
      const path = join(packageRoot(), 'fpx-configs', name);
      const text = readFileSync(path, 'utf8');
      if (/^plan:/m.test(text)) {
        loadPlan(path);
        expect(isPlan(parse(text)), `${name}: ${JSON.stringify(isPlan.errors)}`).to.equal(true);
        expect(isPlan({ ...(parse(text) as object), taks: {} })).to.equal(false);
      } else for (const { configuration } of membersOf(loadSetup(path))) kinds.push(configuration.endpoint.kind);
    }
    expect(new Set(kinds)).to.deep.equal(new Set(['embedded', 'command', 'openai']));
  });

  it('ships examples of servers, with the port and the name that their command gives, and of a vendor', () => {
    for (const name of ['vllm', 'sglang', 'llama-server']) {
      const { endpoint } = loadConfiguration(name);
      if (endpoint.kind !== 'command') throw new Error(`${name} is ${endpoint.kind}`);
      const words = endpoint.command.trim().split(/\s+/);
      expect(words[words.indexOf('--port') + 1], name).to.equal(new URL(endpoint.url).port);
      expect(words[words.findIndex((word) => ['--served-model-name', '--alias'].includes(word)) + 1], name).to.equal(endpoint.model);
    }
    expect(loadConfiguration('vendor').endpoint).to.include({ kind: 'openai', keyEnv: 'OPENAI_API_KEY' });
  });

  it('names the key that is wrong and the file it is in', () => {
    const path = file('typo.yaml', quick().replace('timeoutMs: 3000', 'timeoutMS: 3000'));
    const message = refusal(() => loadPlan(path));
    expect(message).to.include('typo.yaml').and.include('tasks.fighter').and.include('timeoutMS');
  });

  it('refuses what the task itself would, before anything is played', () => {
    expect(refusal(() => loadPlan(file('bot.yaml', quick().replace('bot: random', 'bot: nobody'))))).to.match(
      /no bot "nobody"; accepted: expert/,
    );
    const options = (text: string): string => quick().replace(/options: \{ durationUs.*$/m, `options: { ${text} }`);
    expect(refusal(() => loadPlan(file('options.yaml', options('gridUs: 7'))))).to.match(/tasks.hft.options: .*gridUs/);
    expect(refusal(() => loadPlan(file('seats.yaml', options('seats: 3'))))).to.include('3 seats; accepted: 1, or 2');
  });

  it('plays as many patient matches as there are seeds, 8 at most, and refuses more than seeds, or options the task refuses', () => {
    const [, hft] = loadPlan(file('usual.yaml', quick().replace(/^ +patient: .*\n/gm, ''))).tasks;
    expect(hft!.plan.patient.matches).to.equal(Math.min(8, hft!.plan.seeds.count));
    const patient = (text: string): string => quick().replace(/^ +patient: .*\n/gm, '').replace(/^ {4}timeoutMs: .*$/gm, `$&\n    patient: ${text}`); // prettier-ignore
    const [task] = loadPlan(file('some.yaml', patient('{ matches: 2 }'))).tasks;
    expect(task!.plan.patient).to.deep.equal({ matches: 2, options: task!.plan.options });
    expect(refusal(() => loadPlan(file('many.yaml', patient('{ matches: 900 }'))))).to.match(/patient.matches: 900; accepted: at most/);
    expect(refusal(() => loadPlan(file('odd.yaml', patient('{ matches: 1, options: { rounds: 77 } }'))))).to.match(
      /patient.options: .*rounds/,
    );
  });

  it('values decisions by the futures it names, an even number of them, and says nothing where it names none', () => {
    const plan = (futures: string): string =>
      file('futures.yaml', quick().replaceAll('oracleDecisions: 1', `oracleDecisions: 1\n    oracleFutures: ${futures}`));
    expect(loadPlan(plan('32')).tasks.map((task) => task.plan.oracleFutures)).to.deep.equal([32, 32]);
    expect(loadPlan('quick').tasks.map((task) => task.plan.oracleFutures)).to.deep.equal([undefined, undefined]);
    for (const wrong of ['7', '0', '2.5', '5000']) expect(refusal(() => loadPlan(plan(wrong)))).to.match(/tasks\.fighter\.oracleFutures/);
  });

  it('refuses tasks that there are not, seeds that are shown on as chosen, and what a task has no use for', () => {
    const changed = (name: string, from: string, to: string): string => {
      const text = quick().replace(from, to);
      expect(text, name).to.not.equal(quick());
      return refusal(() => loadPlan(file(`${name}.yaml`, text)));
    };
    expect(changed('chess', '\n  hft:', '\n  chess:')).to.match(/no task "chess"; accepted: .*fighter/);
    expect(changed('seeds', 'first: 2000', 'first: 1005')).to.match(/confirmSeeds: some are among seeds/);
    loadPlan(file('none.yaml', quick().replaceAll('{ first: 2000, count: 2 }', '{ first: 1003, count: 0 }'))); // none are shown on
    expect(changed('probes', '\n    probes: 96', '')).to.match(/tasks.hft.probes: a whole number from 0 is expected/);
    expect(changed('market', '\n    probes: 96', '\n    probes: 96\n    market: ohlc:x.json')).to.match(
      /tasks.hft: market, prices and date go with/,
    );
    expect(changed('opponent', '\n    probes: 96', '\n    probes: 96\n    opponent: { bot: expert, delayMs: 1 }')).to.match(/one seat/);
    const prompts = file('p.yaml', 'endpoint: { kind: openai, url: "http://h/v1", model: m }\nrequest: {}\nprompt: { chess: plain }\n');
    expect(refusal(() => loadConfiguration(prompts)))
      .to.match(/prompt/)
      .and.match(/chess/);
  });

  it('says where YAML is broken, which file is missing, and which names are twice', () => {
    expect(refusal(() => loadPlan(file('broken.yaml', 'plan: [unclosed')))).to.include('not YAML');
    expect(refusal(() => loadPlan('no-such-plan'))).to.include('no plan "no-such-plan"');
    const twice = file('twice.yaml', quick().replace(/configurations: .*/, 'configurations: [1m-fp4.yaml, 1m-fp4.yaml]'));
    expect(refusal(() => loadPlan(twice))).to.include('1m-fp4');
    expect(refusal(() => loadPlan(file('none.yaml', quick().replace('4m-fp8.yaml', 'nowhere.yaml'))))).to.include('nowhere.yaml');
  });

  it('refuses a key in a configuration instead of its variable, and settings that timing depends on', () => {
    const base = 'endpoint: { kind: openai, url: "http://h/v1", model: m, EXTRA }\nrequest: {}\n';
    expect(refusal(() => loadConfiguration(file('a.yaml', base.replace('EXTRA', 'keyEnv: "sk-secret value"'))))).to.include('keyEnv');
    expect(refusal(() => loadConfiguration(file('b.yaml', base.replace('EXTRA', 'extra: { stream: false }'))))).to.include('stream');
  });

  it('reads injected latency of configurations, bots and opponents, and names it where it is shown', () => {
    file('delays.txt', '100\n250\n');
    const configured = file(
      'lag.yaml',
      `${readFileSync(join(packageRoot(), 'fpx-configs/1m-fp8.yaml'), 'utf8')}\nlatency: { entry: delays.txt }\n`,
    );
    expect(loadConfiguration(configured).latency).to.deep.equal({ entry: { kind: 'recorded', us: [100, 250] } });
    const text = quick()
      .replace(
        '{ bot: expert, delaysMs: [100, 200, 400] }',
        '{ bot: expert, delaysMs: [100, 200, 400], latency: { feed: 2ms, response: 1ms~3ms } }',
      )
      .replace('errorPermille: 200 }', 'errorPermille: 200, latency: { feed: 5ms } }');
    const { plan } = loadPlan(file('lag-plan.yaml', text)).tasks.find(({ name }) => name === 'fighter')!;
    expect(plan.opponent!.latency).to.deep.equal({ feed: { kind: 'constant', us: 5000 } });
    expect(botEntrants(plan).map(({ name }) => name)[0]).to.equal('expert @100 ms, injected feed 2 ms, response 1 ms + jitter 3 ms');
    const [plain] = botEntrants(loadPlan('quick').tasks.find(({ name }) => name === 'fighter')!.plan);
    expect(plain!.name).to.equal('expert @100 ms');
    expect(plain!.identity).to.not.equal(botEntrants(plan)[0]!.identity);
    expect(refusal(() => loadPlan(file('lag-bad.yaml', text.replace('2ms', 'soon')))))
      .to.include('lag-bad.yaml')
      .and.include('"soon" is no delay');
  });

  it('plays a task without those that its plan leaves out, and knows whom it does not have', async () => {
    const plan = loadPlan('quick');
    const task = plan.tasks[0]!;
    const all = (await entrantsOf(plan, { ...task, plan: { ...task.plan, without: [] } })).filter(({ kind }) => kind !== 'bot');
    expect(all.map(({ name }) => name)).to.deep.equal(plan.configurations.map(({ name }) => name));
    const [first, ...others] = all.map(({ name }) => name);
    const fewer = await entrantsOf(plan, { ...task, plan: { ...task.plan, without: [first!] } });
    expect(fewer.filter(({ kind }) => kind !== 'bot').map(({ name }) => name)).to.deep.equal(others);
    const error: unknown = await entrantsOf(plan, { ...task, plan: { ...task.plan, without: ['9m'] } }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(ConfigurationError);
    expect((error as Error).message).to.match(/^tasks\.\w+\.without: no configuration "9m" in the plan; it has 1m-/);
  });

  it('gives each cell an id that changes with whatever could change its result, and with nothing else', async () => {
    const ids = async (change?: (task: Plan['tasks'][number]) => void): Promise<string[]> => {
      const plan = loadPlan('quick');
      const cells: string[] = [];
      for (const task of plan.tasks) {
        change?.(task);
        cells.push(...(await measuringCells(task, await entrantsOf(plan, task))).map((cell) => cell.id));
      }
      return cells;
    };
    const before = await ids();
    expect(new Set(before).size).to.equal(before.length);
    expect(await ids()).to.deep.equal(before);
    expect(await ids((task) => (task.plan.speed *= 2))).to.not.include.members(before.slice(0, 1));
    expect(await ids((task) => (task.plan.timeoutMs += 1))).to.not.include.members(before.slice(0, 1));
    expect(await ids((task) => (task.plan.probes += 1))).to.deep.equal(before);
  });
});
