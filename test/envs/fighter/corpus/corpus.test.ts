/**
 * Answers as models write them, each with the plan a reasonable reader takes it for, or how the reason of its refusal begins. Checked by
 * hand: `answers.jsonl` has `kind`, `answer`, and `means` (the canonical line) or `refused`.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutReasoning } from '../../../../envs/answer/reasoning.js';
import { ACTIONS } from '../../../../envs/fighter/actions.js';
import { REASONS, parse, write } from '../../../../envs/fighter/grammar.js';
import { packageRoot } from '../../../../harness/host/root.js';

type Entry = { kind: string; answer: string; means?: string; refused?: string };
const entries: Entry[] = readFileSync(join(packageRoot(), 'test/envs/fighter/corpus/answers.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Entry);

/** What the parser makes of an answer: the canonical line of its plan, the reason of refusal after a `!`, or `more`. */
function outcome(answer: string, ended: boolean): string {
  const parsed = parse(answer, ended);
  return parsed.kind === 'action' ? write(parsed.action) : parsed.kind === 'rejected' ? `!${parsed.reason}` : 'more';
}

/** Once anything is released it stays what it is, whatever of the text is still to come. Long texts: only so many splits. */
function releasesForGood(text: string): void {
  const stride = Math.max(1, Math.floor(text.length / 300));
  let released: string | undefined;
  for (let end = 0; end <= text.length; end += end + stride > text.length && end < text.length ? text.length - end : stride) {
    const before = text.slice(0, end);
    const early = outcome(before, false);
    if (released === undefined && early !== 'more') released = early;
    if (released === undefined) continue;
    // What a bare close tells nobody could know before.
    if (withoutReasoning(before, true).bareClose) return;
    expect(early, JSON.stringify(before)).equal(released);
    expect(outcome(before, true), JSON.stringify(before)).equal(released);
  }
}

describe('fighter answer corpus', () => {
  it('is large, of many kinds, and reaches every action and every reason', () => {
    expect(entries.length).least(400);
    expect(new Set(entries.map(({ kind, answer }) => kind + answer)).size).equal(entries.length);
    for (const entry of entries) expect(Number('means' in entry) + Number('refused' in entry), JSON.stringify(entry)).equal(1);
    const meant = entries.map(({ means }) => means ?? '').join(' ');
    for (const { name } of ACTIONS) expect(meant, name).match(new RegExp(`\\b${name}\\b`));
    expect(new Set(entries.flatMap(({ refused }) => refused ?? []))).deep.equal(new Set(REASONS));
  });

  for (const kind of new Set(entries.map((entry) => entry.kind)))
    it(`reads ${kind} as meant, or says why not`, () => {
      for (const { answer, means, refused } of entries.filter((entry) => entry.kind === kind)) {
        const got = outcome(answer, true);
        if (means !== undefined) expect(got, JSON.stringify(answer)).equal(means);
        else expect(got.slice(0, refused!.length + 1), `${JSON.stringify(answer)}: ${got}`).equal(`!${refused}`);
      }
    });

  it('takes the plan it means back from its canonical line', () => {
    for (const { means } of entries) if (means !== undefined) expect(outcome(means, false)).equal(means);
  });

  it('releases nothing that a continuation could change, at every split of every answer, ended or not', () => {
    for (const { answer } of entries) releasesForGood(answer);
  });

  it('releases nothing that a continuation could change where answers run into each other or are cut', () => {
    const cut = fc
      .tuple(fc.constantFrom(...entries.map(({ answer }) => answer.slice(0, 400))), fc.nat(400))
      .map(([text, n]) => text.slice(0, n));
    fc.assert(
      fc.property(fc.array(cut, { minLength: 2, maxLength: 5 }), fc.constantFrom('', '\n', ' ', ';'), (texts, glue) =>
        releasesForGood(texts.join(glue)),
      ),
      { numRuns: 500 },
    );
  });
});
