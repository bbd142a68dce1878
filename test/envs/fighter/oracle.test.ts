/** The oracle of the fight in situations whose best answer is known, and what it says of better and worse players. */
import { expect } from 'chai';
import * as A from '../../../envs/fighter/arena.js';
import { actionNamed } from '../../../envs/fighter/actions.js';
import { fighter } from '../../../envs/fighter/task.js';
import type { OracleScript } from '../../../envs/environment.js';
import { Fight, frameTime } from '../../../envs/fighter/world.js';
import { runBotProbes } from '../../../harness/oracle/probe.js';
import { bankRecipe } from '../../../harness/oracle/recipes.js';
import { playLadderRung } from '../../../scoring/ratings/ladder.js';
import { buildBank } from '../../../scoring/oracle/bank-builder.js';
import { probeQuality, Probes } from '../../../scoring/oracle/probes.js';
import { spearman } from '../../../scoring/statistics/ranks.js';
import { Oracle, positionKey, type CandidateValues } from '../../../scoring/oracle/oracle.js';

const OPTIONS = fighter.parseOptions({});
/** Four times the oracle's own number: what is known must not be missed by chance. */
const FUTURES = 4 * fighter.oracle.futures;

/** A fight set up by hand: seat 0, on the left, is the one to decide. */
class Situation {
  private readonly fight = new Fight(OPTIONS, 1);
  private frame = 20;

  /** @param wall pixels from seat 0's fighter to the wall behind it */
  constructor(distance: number, { wall = 250, standing = 'guard_low', meter = 0 } = {}) {
    this.fight.advance(frameTime(this.frame));
    this.edit((w) => {
      w[A.base(0) + A.X] = 18 + wall;
      w[A.base(1) + A.X] = 18 + wall + distance;
      w[A.base(0) + A.METER] = meter;
    });
    this.does(0, [], standing).does(1, [], 'guard_low').run(1);
  }

  private edit(change: (w: Int32Array) => void): void {
    const saved = this.fight.snapshot() as { w: Int32Array; now: number };
    change(saved.w);
    this.fight.restore(saved);
  }

  does(seat: number, actions: string[], standing?: string): this {
    const plan = actions.map((action) => (actionNamed(action)!.move ? { action } : { action, frames: 20 }));
    expect(this.fight.act(seat, { plan, standing }, this.fight.now).accepted).equal(true);
    return this;
  }

  run(frames: number): this {
    this.frame += frames;
    this.fight.advance(frameTime(this.frame));
    return this;
  }

  /** Runs until seat 0 sees what is asked for. */
  until(seen: (state: ReturnType<Fight['observe']>) => boolean): this {
    for (let i = 0; i < 150; i++) {
      if (seen(this.fight.observe(0))) return this;
      this.run(1);
    }
    throw new Error(`never seen: ${fighter.text(this.fight.observe(0))}`);
  }

  values(futures: number): CandidateValues {
    const state = this.fight.observe(0);
    const position = { snapshot: this.fight.snapshot(), state, at: this.fight.now, seat: 0, key: positionKey(1, this.frame) };
    return new Oracle(fighter, OPTIONS, 1, futures).valueCandidates(position);
  }

  /** The candidates' values in permille of full health over doing nothing, by what they begin with, and the best of them. */
  value(): { best: string; of: (answer: string) => number; all: string } {
    const state = this.fight.observe(0);
    const { candidates, choose, value, best } = this.values(FUTURES);
    const named = candidates.map((action) => fighter.write(action).split(/ \||;/)[0]!);
    const mean = new Map(named.map((name, i) => [name, (choose[i]! + value[i]!) / 2000]));
    const all = `${fighter.text(state)}\n${[...mean].map(([name, each]) => `${name}: ${each.toFixed(0)}`).join(', ')}`;
    const of = (answer: string): number => {
      const found = mean.get(answer);
      if (found === undefined) throw new Error(`${answer} is no candidate: ${all}`);
      return found;
    };
    return { best: named[best]!, of, all };
  }
}

const free = (state: { me: { busy: number } }): boolean => state.me.busy === 0;

describe('fighter oracle', () => {
  it('punishes a blocked uppercut', () => {
    const { best, of, all } = new Situation(60)
      .does(1, ['uppercut'])
      .until(({ me }) => me.doing === 'block')
      .until(free)
      .value();
    expect(['jab', 'jab, uppercut', 'poke', 'heavy', 'heavy, lunge', 'sweep', 'lunge', 'fireball'], all).include(best);
    expect(of(best), all).greaterThan(60);
  });

  it('guards the overhead high where nothing stops it, and not low', () => {
    const at = (standing: string) =>
      new Situation(96, { wall: 0, standing })
        .does(1, ['overhead'])
        .until(({ op }) => op.startup === 4)
        .value();
    const low = at('guard_low');
    expect(low.best, low.all).equal('guard_high 20');
    expect(low.of('guard_high 20'), low.all).greaterThan(80);
    const high = at('guard_high');
    expect(high.best, high.all).not.equal('guard_low 20');
    expect(high.of('guard_low 20'), high.all).lessThan(-80);
  });

  it('guards low against a sweep, and not high', () => {
    const { of, all } = new Situation(96, { wall: 0, standing: 'guard_high' })
      .does(1, ['sweep'])
      .until(({ op }) => op.startup === 3)
      .value();
    expect(of('guard_low 20'), all).greaterThan(50);
  });

  it('meets a jump from below', () => {
    const jumps = [8, 10, 12, 14, 16].map((land) =>
      new Situation(200)
        .does(1, ['jump_kick'])
        .until(({ op }) => op.land === land)
        .value(),
    );
    const shown = jumps.map(({ all }) => all).join('\n');
    expect(
      jumps.some(({ best }) => best === 'uppercut'),
      shown,
    ).equal(true);
    expect(Math.max(...jumps.map(({ of }) => of('uppercut'))), shown).greaterThan(100);
  });

  it('answers a throw with a throw while it is held', () => {
    const { best, of, all } = new Situation(50)
      .does(1, ['throw'])
      .until(({ me }) => me.doing === 'held')
      .value();
    expect(best, all).equal('throw');
    expect(of('throw'), all).greaterThan(40);
  });

  it('guards or jumps a projectile that comes from afar', () => {
    const { best, of, all } = new Situation(300, { standing: 'wait' })
      .does(1, ['fireball'])
      .until(({ op }) => (op.ball?.arrives ?? 99) <= 12)
      .value();
    expect(['guard_high 20', 'guard_low 20', 'jump_fwd', 'jump_kick'], all).include(best);
    for (const safe of ['guard_high 20', 'guard_low 20']) expect(of(safe), all).greaterThan(20);
  });

  it('punishes a sweep that missed by what reaches', () => {
    const { best, of, all } = new Situation(130)
      .does(1, ['sweep'])
      .until(({ op }) => op.doing === 'sweep' && op.startup === 0 && op.active === 0)
      .value();
    expect(['lunge', 'fireball'], all).include(best);
    expect(of(best), all).greaterThan(15);
    for (const misses of ['jab, uppercut', 'throw', 'uppercut', 'sweep']) expect(of(misses), all).lessThan(of(best) - 15);
  });

  it('spends a full meter on one who recovers within reach, and offers no super without it', () => {
    // Too far and too late for anything else.
    const recovering = (meter: number) =>
      new Situation(138, { meter })
        .does(1, ['throw'])
        .until(({ op }) => op.doing === 'throw' && op.startup === 0 && op.busy === 12)
        .value();
    const { best, of, all } = recovering(100);
    expect(best, all).equal('super');
    expect(of('super'), all).greaterThan(30);
    expect(() => recovering(40).of('super')).throw(/no candidate/);
  });

  it('never calls best what is worth less than doing nothing', () => {
    for (let frames = 0; frames < 60; frames += 12) {
      const { value, best, worst } = new Situation(140).does(1, ['jump_kick']).run(frames).values(2);
      expect(value[best]).at.least(0);
      expect(value[worst]).at.most(0);
      expect(value[0]).equal(0);
    }
  });

  it('does not throw what cannot be reached, nor uppercut at nothing', () => {
    const { of, all } = new Situation(120).value();
    expect(of('uppercut'), all).lessThan(-20);
    expect(of('throw'), all).lessThan(10);
  });
});

const careful = (delay: number): OracleScript => ({ bot: 'mixed', delayUs: frameTime(delay), errorPermille: 100 });
const idea = (bot: string, delay: number): OracleScript => ({ bot, delayUs: frameTime(delay), errorPermille: 100 });
/** Mixtures of opponents that have nothing in common. */
const MIXTURES: Record<string, OracleScript[]> = {
  'careful players at three delays': [careful(6), careful(12), careful(24), careful(12)],
  'players of one idea': [idea('rush', 12), idea('throw', 12), idea('fireball', 24), idea('turtle', 12)],
};
const ERRORS_PERMILLE = [0, 125, 250, 500, 750, 1000];
const BANK_MATCHES = 24;
const MATCHES = 32;
/** Health enough for nobody to fall, so that how much weaker the weak are shows too. */
const ROUND = { rounds: 1, roundSeconds: 20, health: 4000 };

describe('fighter quality and strength', () => {
  for (const [name, mixture] of Object.entries(MIXTURES)) {
    it(`order players by the share of their decisions that is random alike: against ${name}`, function () {
      this.timeout(120_000);
      const task = { ...fighter, oracle: { ...fighter.oracle, opponents: [mixture] } };
      const recipe = bankRecipe(task);
      const probes = new Probes(task, buildBank(task, { ...recipe, matches: recipe.matches.slice(0, BANK_MATCHES), futures: 32 }));
      const settings = (opponent: OracleScript, first: number) => ({
        options: ROUND,
        seeds: Array.from({ length: MATCHES / mixture.length }, (_, i) => first + i),
        opponent: { errorPermille: 0, ...opponent },
      });
      const players = ERRORS_PERMILLE.map((errorPermille) => {
        const rung = { bot: 'expert', delayUs: 0, errorPermille };
        return {
          quality: probeQuality([1000, 2000, 3000].flatMap((seed) => runBotProbes(probes, { bot: 'expert', seed, errorPermille }).parts))
            .value!,
          strength: mixture.reduce((sum, each, i) => sum + playLadderRung(task, rung, settings(each, 100 * i)).reward.value!, 0),
        };
      });
      const shown = players.map(({ quality, strength }) => `${quality.toFixed(3)}: ${strength.toFixed(0)}`).join(', ');
      const qualities = players.map((each) => each.quality);
      expect(spearman(players.map((each) => each.strength), qualities), shown).at.least(0.9); // prettier-ignore
      expect(qualities[0]! - qualities.at(-1)!, shown).greaterThan(0.1);
      const hold = probeQuality(runBotProbes(probes, { bot: 'hold', seed: 1000 }).parts).value!;
      expect(qualities[0]!, `${shown}; holding: ${hold.toFixed(3)}`).greaterThan(hold);
    });
  }
});
