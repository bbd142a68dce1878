/** How an answer becomes an action: decoration around it changes nothing, what is released early is what the whole means. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutReasoning } from '../../../envs/answer/reasoning.js';
import { ANSWER_READING } from '../../../envs/answer/version.js';
import type { AnyTask } from '../../../envs/environment.js';
import { fighter } from '../../../envs/fighter/task.js';
import { paper } from '../../../envs/hft/paper/task.js';
import { hft } from '../../../envs/hft/task.js';
import { loadPrompt, promptNames } from '../../../harness/configuration/prompts.js';
import { packageRoot } from '../../../harness/host/root.js';

const TASKS: readonly AnyTask[] = [hft, fighter, paper];
/** Canonical answers of each task. */
const ANSWERS: Record<string, readonly string[]> = {
  hft: [
    'hold;',
    'buy 5;',
    'sell 12 fok;',
    'cancel, bid 5 at -1, ask 6 at 0, pull;',
    'move #2 5 at 0;',
    'stop sell 5 at -4 limit -6;',
    'buy 3 of BRK.B;',
  ],
  fighter: ['jab;', 'walk_fwd 12, throw | guard_high;', 'none | guard_low;', 'keep;', 'guard_low 12;'],
  'hft-paper': ['hold;', 'buy 5 of AMZN;', 'sell 2 of AMZN, buy 10 of NVDA;', 'buy 3;'],
};
const taskOf = (name: string): AnyTask => TASKS.find((task) => task.name === name)!;
const names = fc.constantFrom(...TASKS.map((task) => task.name as string));
const cases = names.chain((name) => fc.constantFrom(...ANSWERS[name]!).map((line) => ({ name, line, bare: line.slice(0, -1) })));

const wide = (text: string): string =>
  text.replace(/[!-~]/g, (c) => (c === '_' || c === '`' ? c : String.fromCharCode(c.charCodeAt(0) + 0xfee0)));
/** Ways to decorate an answer that opens the text: with its terminator it is released at once. */
const OPENING: readonly ((bare: string) => string)[] = [
  (x) => `${x};`,
  (x) => `  \n${x} ;`,
  (x) => `**${x};**`,
  (x) => `**${x}**;`,
  (x) => `*${x}*;`,
  (x) => `\`${x};\``,
  (x) => `\`\`\`\n${x};\n\`\`\``,
  (x) => `\`\`\`text\n${x};\n\`\`\``,
  (x) => `"${x};"`,
  (x) => `\u201c${x}\u201d;`,
  (x) => `1. ${x};`,
  (x) => `1) ${x};`,
  (x) => `- ${x};`,
  (x) => `* ${x};`,
  (x) => `\u2022 ${x};`,
  (x) => `> ${x};`,
  (x) => `Action: ${x};`,
  (x) => `**Final answer:** ${x};`,
  (x) => `Answer:\n\n${x};`,
  (x) => `<answer>${x};</answer>`,
  (x) => `<|ACTION|>${x};</|ACTION|>`,
  (x) => `thinking aloud sell 3;\nthrow;\nno.\n</think>\n${x};`,
  (x) => `\\boxed{${x};}`,
  (x) => `${x}\uff1b`,
  (x) => `${wide(x)}\uff1b`,
  (x) => `Action\uff1a${x};`,
  (x) => `${x.toUpperCase()};`,
  (x) => `<think>${x}, or not; who knows</think>\n${x};`,
];
/** And ways that show only at the end. */
const WHOLE: readonly ((bare: string) => string)[] = [
  (x) => x,
  (x) => `${x}.`,
  (x) => `\\boxed{${x}}`,
  (x) => `$\\boxed{\\text{${x}}}$`,
  (x) => `The gap is +3; I act.\n${x};`,
  (x) => `Buy pressure is rising; so:\n${x};`,
  (x) => `Hold on, the end is near.\n${x};`,
  (x) => `Throw him off first; then this.\n\n**${x}**`,
  (x) => `Sell pressure fades.\n\nAction: ${x};`,
  (x) => `Let me think; it is close.\n<answer>${x}</answer>\nThat is all.`,
  (x) => `Reasoning: sell 3; is bad. Or throw; is slow.\nAction: ${x};`,
  (x) => `sell 3 is one, throw is another.\n${x};`,
  (x) => `<|start_header_id|>assistant<|end_header_id|>\n\n${x};<|eot_id|>`,
];

describe('an answer', () => {
  it('means the same in whatever decoration, and is released at its terminator where nothing else comes first', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(...OPENING), ({ name, line, bare }, decorate) => {
        const task = taskOf(name);
        const text = decorate(bare);
        const meant = task.parse(line, true);
        expect(meant.kind).equal('action');
        expect(task.parse(text, true), text).deep.equal(meant);
        const end = Math.max(text.lastIndexOf(';'), text.lastIndexOf('\uff1b')) + 1;
        expect(task.parse(text.slice(0, end), false), text).deep.equal(meant);
        for (let cut = 0; cut < end; cut++) expect(task.parse(text.slice(0, cut), false).kind, text.slice(0, cut)).equal('more');
      }),
      { numRuns: 400 },
    );
  });

  it('is the last that stands on its own after anything else, and not released before the end', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(...WHOLE), ({ name, line, bare }, decorate) => {
        const task = taskOf(name);
        const text = decorate(bare);
        expect(task.parse(text, true), text).deep.equal(task.parse(line, true));
        for (let cut = 0; cut <= text.length; cut++) expect(task.parse(text.slice(0, cut), false).kind, text.slice(0, cut)).equal('more');
      }),
      { numRuns: 300 },
    );
  });

  it('is released as what the whole means, at every split, but for a bare close', () => {
    const pieces = fc.oneof(
      cases.chain(({ line, bare }) => fc.constantFrom(line, bare)),
      fc.constantFrom(
        '\n',
        ' ',
        'Action: ',
        '1. ',
        '**',
        '~~',
        '`',
        '<think>',
        '</think>',
        '<answer>',
        'I would ',
        'is bad.',
        '{"plan": []}',
        '{"',
        '}',
        '; ',
        '(',
        ')',
        '<|channel|>final<|message|>',
        '\\boxed{',
        '#',
        '//',
      ),
    );
    fc.assert(
      fc.property(names, fc.array(pieces, { maxLength: 8 }), (name, parts) => {
        const task = taskOf(name);
        const text = parts.join('');
        if (withoutReasoning(text, true).bareClose || /final<\|message/.test(text.slice(1))) return;
        const whole = task.parse(text, true);
        for (let cut = 0; cut <= text.length; cut++) {
          const early = task.parse(text.slice(0, cut), false);
          if (early.kind !== 'more') expect(early, JSON.stringify(text.slice(0, cut))).deep.equal(whole);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is never what is struck out, or was an earlier one, however it is marked', () => {
    const buy = hft.parse('buy 5;', true);
    for (const text of ['~~sell 3;~~ buy 5;', '~~sell 3; no~~\nbuy 5', 'Action: ~~sell 3;~~ buy 5;', 'Last action: sell 3;\nbuy 5;']) {
      expect(hft.parse(text, true), text).deep.equal(buy);
      for (let cut = 0; cut < text.length; cut++) {
        const early = hft.parse(text.slice(0, cut), false);
        if (early.kind !== 'more') expect(early, text.slice(0, cut)).deep.equal(buy);
      }
    }
    for (const text of ['~~sell 3;~~', 'Last action: sell 3;', 'My previous answer: sell 3;', 'Earlier order: sell 3'])
      expect(hft.parse(text, true).kind, text).equal('rejected');
    expect(fighter.parse('~~jab;~~ throw;', true)).deep.equal(fighter.parse('throw;', true));
    expect(fighter.parse('Previous move: jab;', true).kind).equal('rejected');
  });

  it('with no release before the end asked for is what stands last on its own', () => {
    const buy = hft.parse('buy 5;', true);
    expect(hft.parse('sell 3; is bad.\nbuy 5;', true, 'end')).deep.equal(buy);
    expect(hft.parse('sell 3;\nNo, the index leads:\nbuy 5', true, 'end')).deep.equal(buy);
    expect(hft.parse('sell 3; is bad.', true, 'end').kind).equal('rejected');
    expect(hft.parse('buy 5;', false, 'end').kind).equal('more');
  });

  it('may have units, and separators that can mean nothing else', () => {
    for (const [text, line] of [
      ['buy 5 shares;', 'buy 5;'],
      ['bid 5 shares @ 1 tick;', 'bid 5 at 1;'],
      ['bid 5 at \u22121;', 'bid 5 at -1;'],
      ['{"orders": [{"do": "buy", "size": 5}]}', 'buy 5;'],
      ['{"action": "buy 5"}', 'buy 5;'],
      ['- cancel\n- bid 5 at 0', 'cancel, bid 5 at 0;'],
    ] as const)
      expect(hft.parse(text, true), text).deep.equal(hft.parse(line, true));
    for (const text of ['buy 5 lots;', 'buy 1,000;', 'buy 5 or 6;', 'buy 5%;', 'buy $5k;'])
      expect(hft.parse(text, true).kind, text).equal('rejected');
  });

  it('is asked for alone by every shipped prompt, in words of the table that its reader reads', () => {
    for (const task of TASKS)
      for (const name of promptNames(task)) {
        const { system } = loadPrompt(task, name).fill('');
        expect(system, `${task.name} ${name}`).match(/nothing else|one line:|orders only/);
        for (const [example] of system.matchAll(/^(?:[a-z_]+[^:;\n]*;|\{.*\})$/gm))
          expect(task.parse(example, false).kind, `${task.name} ${name}: ${example}`).equal('action');
      }
  });

  it('has a version that changes when an answer could mean another action', () => {
    const corpus = readFileSync(join(packageRoot(), 'test/envs/fighter/corpus/answers.jsonl'), 'utf8').trim().split('\n');
    const answers = corpus.map((line) => (JSON.parse(line) as { answer: string }).answer);
    const made = [...OPENING, ...WHOLE];
    const hash = createHash('sha256');
    for (const task of TASKS)
      for (const text of [...answers, ...ANSWERS[task.name]!.flatMap((line) => made.map((decorate) => decorate(line.slice(0, -1))))]) {
        const parsed = task.parse(text, true);
        hash.update(parsed.kind === 'action' ? task.write(parsed.action) : parsed.kind);
      }
    // Where this differs, answers are read in another way: ANSWER_READING goes up, and the new value is written down here.
    expect([ANSWER_READING, hash.digest('hex').slice(0, 16)]).deep.equal(['answers.4', '4c4410b3b26c0eeb']);
  });
});
