/** The frozen banks: every state rebuilds exactly, values replay, and better players score better. */
import { expect } from 'chai';
import { keyOf, Stream } from '../../../envs/random.js';
import { bankPath, loadBank } from '../../../harness/oracle/bank.js';
import { runBotProbes } from '../../../harness/oracle/probe.js';
import { bankRecipe } from '../../../harness/oracle/recipes.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { playLadderRung, type LadderSettings } from '../../../scoring/ratings/ladder.js';
import { probeParts, PROBE_SEEDS_FROM, ProbeError, Probes } from '../../../scoring/oracle/probes.js';
import { ratioOfSums } from '../../../scoring/statistics/ratios.js';
import { sampleCorrelation } from 'simple-statistics';
import { spearman } from '../../../scoring/statistics/ranks.js';

const ERRORS_PERMILLE = [0, 200, 400, 600, 800, 1000];
/** The less random, the better. */
const QUALITY_RANKS = ERRORS_PERMILLE.map((each) => -each);
const PLAYERS = 3;

/**
 * Who is graded, on how many states (what bots answer at random is no candidate and has to be valued anew), the matches that tell their strength,
 * and by how much the best quality must be above that of pure chance.
 */
const PLAYED: Record<string, LadderSettings & { bot: string; states: number; gap: number }> = {
  hft: {
    bot: 'reader',
    states: 48,
    options: { durationUs: 10_000_000, market: { kind: 'synthetic', preset: 'news-wire' } },
    seeds: [1, 2, 3, 4, 5, 6],
    gap: 0.3,
  },
  fighter: {
    bot: 'expert',
    states: 128,
    options: { rounds: 1, roundSeconds: 20 },
    seeds: Array.from({ length: 24 }, (_, i) => i),
    opponent: { bot: 'mixed', delayUs: 200_000, errorPermille: 0 },
    gap: 0.1,
  },
};

for (const name of ['hft', 'fighter']) {
  describe(`probe bank of ${name}`, () => {
    const task = taskNamed(name);
    const bank = loadBank(name);
    let probes: Probes;

    it('rebuilds all of its states to the digest, from reserved seeds, by the recipe in the code', () => {
      probes = new Probes(task, bank);
      expect(bank.entries.length).to.be.at.least(500);
      expect(Math.min(...bank.matches.map((match) => match.seed))).to.be.at.least(PROBE_SEEDS_FROM);
      const recipe = bankRecipe(task);
      expect(bank.matches.map(({ seed, seats }) => ({ seed, seats }))).to.deep.equal(
        recipe.matches.map(({ seed, seats }) => ({ seed, seats })),
      );
      expect(bank.oracle).to.deep.equal({ horizonUs: task.oracle.horizonUs, futures: recipe.futures, families: recipe.families });
    });

    it('holds values that replay exactly', () => {
      for (const index of [0, 241, 495]) {
        const { entry, state } = probes.probes[index]!;
        const { choose, value } = probes.revalue(index);
        expect([choose, value]).to.deep.equal([entry.choose, entry.value]);
        expect(task.oracle.candidates(state).map((action) => task.write(action))).to.deep.equal(entry.candidates);
      }
    });

    it('has something at stake, measured well enough that both halves of the futures agree', () => {
      const choose = bank.entries.flatMap((entry) => entry.choose);
      const value = bank.entries.flatMap((entry) => entry.value);
      // By size, not by rank: states come as they occur, so most values are small, and only the large ones weigh.
      expect(sampleCorrelation(choose, value)).to.be.greaterThan(0.8);
      const stakes = bank.entries.map((entry) => entry.value[entry.best]! - entry.value[entry.worst]!);
      expect(stakes.filter((each) => each > 0).length).to.be.at.least(0.9 * stakes.length);
      for (const { value, best, worst } of bank.entries) {
        expect(value[best]).to.be.at.least(0);
        expect(value[worst]).to.be.at.most(0);
      }
      const kinds = new Set(bank.entries.map((entry) => entry.candidates[entry.best]!));
      expect(kinds.size).to.be.at.least(5);
    });

    it('orders bots by the share of their decisions that is random, as their rewards without delay do', function () {
      this.timeout(240_000);
      const settings = PLAYED[name]!;
      const { bot, states } = settings;
      const few = new Probes(task, bank, states);
      const players = ERRORS_PERMILLE.map((errorPermille) => ({
        quality: ratioOfSums(runBotProbes(few, { bot, seed: 1000, errorPermille, ownValuesOnly: true }).parts).value!,
        reward: playLadderRung(task, { bot, delayUs: 0, errorPermille }, settings).reward.value!,
      }));
      const qualities = players.map((player) => player.quality);
      const shown = players.map(({ quality, reward }) => `${quality.toFixed(3)}: ${reward.toFixed(0)}`).join(', ');
      expect(spearman(QUALITY_RANKS, qualities), shown).to.be.at.least(0.9);
      expect(spearman(players.map((player) => player.reward), qualities), shown).to.be.at.least(0.9); // prettier-ignore
      expect(qualities[0]! - qualities.at(-1)!, shown).to.be.greaterThan(settings.gap);
    });

    it('orders players who know the choosing half by the share of their choices that is random', () => {
      const stream = new Stream(keyOf(1, 1), 0);
      const qualities = ERRORS_PERMILLE.map((errorPermille) => {
        const parts = Array.from({ length: PLAYERS }, () => {
          const stakes = probes.probes.map(({ entry }, i) => {
            const pick = stream.chance(errorPermille, 1000) ? stream.below(entry.candidates.length) : entry.best;
            const { best, worst } = probes.stakes(i);
            return { value: entry.value[pick]!, best, worst };
          });
          return probeParts(probes.probes, stakes);
        }).flat();
        return ratioOfSums(parts).value!;
      });
      expect(qualities[0]).to.equal(1);
      expect(spearman(QUALITY_RANKS, qualities)).to.equal(1);
      expect(qualities.at(-1)).to.be.lessThan(0.65);
    });

    it('is refused when it is not there or not of this task', () => {
      expect(() => loadBank(name, '/nowhere.json')).to.throw(ProbeError, /build-banks/);
      const other = name === 'hft' ? 'fighter' : 'hft';
      expect(() => loadBank(name, bankPath(other))).to.throw(ProbeError, /not of/);
    });
  });
}
