/** What a task tells at a glance: a function of what the seat sees, which names situations that really come, and gains that add up. */
import { expect } from 'chai';
import type { AnyTask, Micros } from '../../envs/environment.js';
import { fighter } from '../../envs/fighter/task.js';
import { hft } from '../../envs/hft/task.js';

interface Moment {
  /** Which match it is of. */
  bots: string;
  at: Micros;
  state: unknown;
  worth: number;
}

/** What seat 0 sees of a match between bots, a look every `stepUs`. */
function looks(task: AnyTask, options: object, bots: readonly string[], seed: number, stepUs: Micros): Moment[] {
  const env = task.create(task.parseOptions(options), seed);
  const policies = bots.map((name) => task.bots.find((bot) => bot.name === name)!.create({ seed, errorPermille: 100 }));
  const moments: Moment[] = [];
  for (let at = env.nextPublish(0); !env.over; at = env.nextPublish(at + stepUs)) {
    env.advance(at);
    if (env.over) break;
    moments.push({ bots: bots.join(), at, state: env.observe(0), worth: env.worth(0) });
    policies.forEach((policy, seat) => env.act(seat, policy.decide(env.observe(seat)), at));
  }
  return moments;
}

const PLAYED: readonly [AnyTask, Moment[]][] = [
  [
    fighter,
    [
      ...looks(fighter, { rounds: 3, roundSeconds: 10 }, ['expert', 'fireball'], 1, 100_000),
      ...looks(fighter, { rounds: 1 }, ['mixed', 'rush'], 2, 100_000),
    ],
  ],
  [
    hft,
    ['reader', 'random', 'sniper', 'maker'].flatMap((bot) =>
      looks(hft, { durationUs: 60_000_000, market: { kind: 'synthetic', preset: 'news-wire' } }, [bot], 3, 300_000),
    ),
  ],
];

describe('what a task tells at a glance', () => {
  for (const [{ name, glance }, moments] of PLAYED) {
    it(`${name}: every situation that it names comes in play, and no other`, () => {
      const seen = new Set(moments.map(({ state }) => glance!.situation(state)));
      expect([...seen].sort()).to.deep.equal([...glance!.situations].sort());
    });

    it(`${name}: it comes from what was sent, and changes nothing of it`, () => {
      for (const { state } of moments.slice(0, 50)) {
        const sent = JSON.stringify(state);
        const read: unknown = JSON.parse(sent);
        expect(glance!.situation(read)).to.equal(glance!.situation(state));
        expect(glance!.gain(read, read)).to.equal(0);
        expect(JSON.stringify(read)).to.equal(sent);
      }
    });

    it(`${name}: gains from look to look add up to the gain over all of them`, () => {
      for (let from = 0; from + 20 < moments.length; from += 20) {
        const row = moments.slice(from, from + 21);
        if (row[0]!.bots !== row[20]!.bots) continue; // two matches
        const whole = glance!.gain(row[0]!.state, row[20]!.state);
        const steps = row.slice(1).map(({ state }, i) => glance!.gain(row[i]!.state, state));
        if (steps.includes(undefined)) expect(whole).to.equal(undefined);
        else expect(steps.reduce<number>((sum, step) => sum + step!, 0)).to.equal(whole);
      }
    });
  }

  it('hft: the gain is what the account has gained, as the world counts it', () => {
    const [, moments] = PLAYED[1]!;
    const [first, last] = [moments[0]!, moments[100]!];
    expect(last.worth - first.worth).to.not.equal(0);
    expect(hft.glance!.gain(first.state as never, last.state as never)).to.equal(last.worth - first.worth);
  });

  it('fighter: rounds are not compared, since health is full again', () => {
    const [, moments] = PLAYED[0]!;
    const rounds = moments.map(({ state }) => (state as { round: number }).round);
    const next = rounds.findIndex((round) => round === 2);
    expect(next).to.be.greaterThan(0);
    expect(fighter.glance!.gain(moments[0]!.state as never, moments[next]!.state as never)).to.equal(undefined);
  });
});
