/** Teams as people write them: what is read, and every refusal in a sentence that says what is accepted. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigurationError, loadConfiguration } from '../../../harness/configuration/configuration.js';
import { embeddedMembers, isTeam, loadSetup, membersOf, overridden, teamFault, threadsOf } from '../../../harness/configuration/team.js';
import { taskNamed } from '../../../harness/match/tasks.js';

describe('a team’s file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-team-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (text: string, name = 'mine.yaml'): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const arms = 'arms: { small: 1m-fp4.yaml, large: 4m-fp8.yaml }';
  const refused = (text: string, words: RegExp): void => {
    expect(() => loadSetup(file(text))).to.throw(ConfigurationError, words);
  };

  it('is read with its members, each under a name of the team’s, so that each has a process of its own', () => {
    const team = loadSetup(file(`team: adaptive\n${arms}\nlearn: {}\n`));
    if (!isTeam(team) || team.team !== 'adaptive') throw new Error('no adaptive team');
    expect(team.name).to.equal('mine');
    expect(team.members.map(({ role, configuration }) => [role, configuration.name])).to.deep.equal([
      ['small', 'mine/small'],
      ['large', 'mine/large'],
    ]);
    expect(team.members[1]!.configuration.endpoint).to.deep.equal(loadConfiguration('4m-fp8').endpoint);
    expect(team.learning).to.deep.equal({ discount: 0.99, explore: 1 });
    expect(embeddedMembers(team)).to.have.length(2);
    // One is asked at a time; a planner computes beside the fast one.
    expect(threadsOf(team)).to.equal(1);
    expect(threadsOf(loadSetup(file('team: two-thread\nfast: 1m-fp4\nplanner: 4m-fp8\n')))).to.equal(2);
    expect(threadsOf(loadSetup('vendor'))).to.equal(0);
  });

  it('may give a member another prompt, and the command line gives all of them one', () => {
    const team = loadSetup(
      file(
        'team: two-thread\nfast: { configuration: 1m-fp4, prompt: advised }\nplanner: { configuration: vendor, prompt: { hft: planner } }\n',
      ),
    );
    const prompts = (): unknown[] => membersOf(team).map(({ configuration }) => configuration.prompt);
    expect(prompts()).to.deep.equal(['advised', { hft: 'planner' }]);
    overridden(team, { prompt: 'terse' });
    expect(prompts()).to.deep.equal(['terse', 'terse']);
  });

  it('is shipped for both kinds, and both play both tasks', () => {
    for (const name of ['adaptive', 'two-thread'])
      for (const task of ['hft', 'fighter']) {
        const setup = loadSetup(name);
        expect(isTeam(setup) && setup.team).to.equal(name);
        expect(teamFault(setup, taskNamed(task))).to.equal(undefined);
      }
    expect(teamFault(loadSetup('adaptive'), taskNamed('hft-paper'))).to.match(
      /hft-paper tells no situations apart to learn in; accepted: a rule/,
    );
  });

  it('has a rule that names each situation of each task it is for', () => {
    const rule = (text: string): string => `team: adaptive\n${arms}\nrule: ${text}\n`;
    const team = loadSetup(file(rule('{ fighter: { close: small, otherwise: large }, hft-paper: { otherwise: small } }')));
    expect(teamFault(team, taskNamed('fighter'))).to.equal(undefined);
    expect(teamFault(team, taskNamed('hft-paper'))).to.equal(undefined);
    expect(teamFault(team, taskNamed('hft'))).to.equal('mine: rule: nothing for hft; it has rules for fighter, hft-paper');
    refused(
      rule('{ fighter: { near: small, otherwise: large } }'),
      /rule\.fighter: "near" is no situation of fighter; accepted: .*"close".*"otherwise"/,
    );
    refused(rule('{ fighter: { close: small } }'), /rule\.fighter: no arm for .*"apart".* accepted: each of them, or "otherwise"/);
    refused(rule('{ chess: { otherwise: small } }'), /rule\.chess: no such task; accepted: .*fighter/);
    refused(rule('{ fighter: { otherwise: huge } }'), /rule\.fighter\.otherwise: no arm "huge"; accepted: small, large/);
  });

  it('is refused by what is wrong with it', () => {
    refused(`team: adaptive\n${arms}\n`, /rule: either a rule or `learn` is expected/);
    refused(`team: adaptive\n${arms}\nlearn: {}\nrule: { fighter: { otherwise: small } }\n`, /either a rule or `learn`/);
    refused(`team: adaptive\n${arms}\nlearn: { discount: 2 }\n`, /learn\.discount: /);
    refused('team: adaptive\narms: { small: 1m-fp4 }\nlearn: {}\n', /arms: two to eight arms are expected/);
    refused('team: trio\n', /is not a team:\n.*team: /);
    refused('team: two-thread\nfast: 1m-fp4\n', /planner: /);
    refused('team: two-thread\nfast: 1m-fp4\nplanner: nobody\n', /no configuration "nobody"/);
    refused(`team: adaptive\n${arms}\nlearn: {}\nendpoint: {}\n`, /endpoint/);
    file(`team: adaptive\n${arms}\nlearn: {}\n`, 'inner.yaml');
    refused(
      'team: two-thread\nfast: inner.yaml\nplanner: 4m-fp8\n',
      /inner\.yaml is a team of configurations; accepted here: one configuration/,
    );
    file('endpoint: { kind: openai, url: "http://h:1/v1", model: m }\nrequest: {}\nlatency: { entry: 2ms }\n', 'late.yaml');
    refused(
      'team: two-thread\nfast: late.yaml\nplanner: 4m-fp8\n',
      /fast: late\.yaml injects a latency; accepted: `latency` in the team's own file/,
    );
    expect(loadSetup(file('team: two-thread\nfast: 1m-fp4\nplanner: 4m-fp8\nlatency: { entry: 2ms }\n')).latency).to.deep.equal({
      entry: { kind: 'constant', us: 2000 },
    });
  });

  it('is not taken where one configuration is expected', () => {
    expect(() => loadConfiguration('adaptive')).to.throw(
      ConfigurationError,
      /adaptive\.yaml is a team of configurations; accepted here: one configuration/,
    );
  });
});
