/** Help of every verb, asked in this process: what it does, and an example of its own. */
import { expect } from 'chai';
import type { Command } from 'commander';
import { programFor, VERBS } from '../../../harness/cli/verbs.js';

/** Whole help of a command, as it is printed. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

function check(command: Command, path: string): void {
  const help = helpOf(command);
  expect(help, path).to.include(`Usage: ${path} `).and.match(new RegExp(`[$] .*\\b${path}\\b`)); // prettier-ignore
  expect(command.description(), path).to.not.equal('');
  for (const sub of command.commands) check(sub, `${path} ${sub.name()}`);
}

/** Verbs whose help is another program's: it is asked in cli.test.ts. */
const ELSEWHERE = ['board', 'arena'];

describe('help', function () {
  this.timeout(60_000);

  for (const verb of Object.keys(VERBS).filter((each) => !ELSEWHERE.includes(each)))
    it(`of ${verb} and of what it holds has an example`, async () => {
      const [command] = (await programFor(verb)).commands;
      check(command!, `tickbench ${verb}`);
    });
});
