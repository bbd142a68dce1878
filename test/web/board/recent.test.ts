import { expect } from 'chai';
import fc from 'fast-check';
import { RecentAnswers } from '../../../web/server/leaderboard/recent.js';

describe('answers that many ask for alike', () => {
  it('are never older than a change that is known, nor than a second, and are made once for all who ask at a time', async () => {
    const step = fc.oneof(fc.constant('change'), fc.constant('unseen'), fc.nat(1500), fc.constantFrom('a', 'b'));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        let [version, now, unseenAt, value, made] = [0, 0, -Infinity, 0, 0];
        const answers = new RecentAnswers(() => version, () => now); // prettier-ignore
        const ask = (question: string) => answers.of(question, async () => (made++, { text: `${question} ${value}`, next: null }));
        let stale = -1;
        for (const each of steps) {
          if (each === 'change') [version, value] = [version + 1, value + 1];
          else if (each === 'unseen') [stale, unseenAt, value] = [now - unseenAt < 1000 ? stale : value, now, value + 1];
          else if (typeof each === 'number') now += each;
          else {
            const before = made;
            const [one, two] = await Promise.all([ask(each), ask(each)]);
            expect(one).to.deep.equal(two);
            expect(made - before).to.be.lessThan(2);
            const seen = Number(one.text.split(' ')[1]);
            if (now - unseenAt >= 1000) expect(seen).to.equal(value);
            else expect(seen).to.be.within(Math.max(0, stale), value);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('that failed are made again, and no more are kept than a bound', async () => {
    const answers = new RecentAnswers(() => 0, () => 0); // prettier-ignore
    const failed = await answers.of('a', () => Promise.reject(new Error('no'))).catch((error: Error) => error.message);
    expect(failed).to.equal('no');
    const good = async (question: string) => ({ text: question, next: null });
    expect((await answers.of('a', () => good('a'))).text).to.equal('a');
    for (let i = 0; i < 300; i++) await answers.of(`${i}`, () => good('x'));
    let made = 0;
    for (const question of ['a', '299']) await answers.of(question, async () => (made++, { text: question, next: null }));
    expect(made).to.equal(1);
  });
});
