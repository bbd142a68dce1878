/**
 * Golden values: what the oracle says of fixed decisions. Its values stand in frozen banks and in recorded sweeps, so whatever only makes it
 * faster must leave every one as it is.
 */
import { expect } from 'chai';
import type { Action, Json } from '../../../envs/environment.js';
import { keyOf } from '../../../envs/random.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { bankRecipe } from '../../../harness/oracle/recipes.js';
import { Oracle, valueDecisions } from '../../../scoring/oracle/oracle.js';
import { positionOf } from '../../../scoring/oracle/probes.js';
import { playOn, scripted } from '../../../scoring/oracle/rollout.js';
import { decisionsOf } from '../../../scoring/trace/decisions.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';

const DELAY_US = 300_000;

interface Case {
  task: string;
  options: Json;
  bot: string;
  /** Each value of each decision, in order: value, best and worst where it was decided and where it landed, and what the delay cost. */
  decisions: number[][];
  /** A position valued by the families of the task's bank: on the choosing half, and on the other. */
  bank: number[][];
}

const CASES: Case[] = [
  {
    task: 'hft',
    options: {},
    bot: 'expert',
    decisions: [
      [-6375, 0, -98958, 1958, 3750, -42583, 4813],
      [0, 0, -13083, 0, 750, -32083, -7562],
      [-63542, 0, -69667, -57083, 0, -57083, 1313],
    ],
    bank: [
      [0, -20625, -27000, -86750, 250, 5500, -1500, 1875, -3375],
      [0, -12500, -19500, -68500, 0, 1875, 8250, 875, 8125],
    ],
  },
  {
    task: 'hft',
    options: { market: { kind: 'synthetic', preset: 'news-wire' } },
    bot: 'reader',
    decisions: [
      [-15417, 0, -111667, -5125, 0, -67542, -1687],
      [0, 27250, -221458, 0, 20375, -288000, 11250],
      [-578125, 0, -432042, -662083, 0, -504500, -141750],
    ],
    bank: [
      [0, -20125, -43000, -49250, -48500, 10875, 0, 10875, 6000, 30000],
      [0, -29375, -22125, -37625, -79375, 16125, -8375, 8875, 8875, 46625],
    ],
  },
  {
    task: 'hft',
    options: { symbols: [{ market: { kind: 'synthetic', preset: 'stressed' } }, { market: { kind: 'synthetic', preset: 'large-tick' } }] },
    bot: 'maker',
    decisions: [
      [-82250, 0, -103708, -85792, 5458, -110333, -5062],
      [0, 4542, -33583, 0, 36042, -41000, -18437],
      [0, 0, -20458, 0, 4000, -9458, 2313],
    ],
    bank: [
      [0, 27000, 0, 0, 26125, 14500, 23000, 35000, 42750, -7625, -1500, -4875, -1125, 1125, -1125, 1875, -2250],
      [0, -13375, 0, 0, -14875, 250, -10375, -4750, -4750, -7000, -3625, -9750, 125, -625, 125, -625, 125],
    ],
  },
  {
    task: 'fighter',
    options: {},
    bot: 'expert',
    decisions: [
      [0, 0, 0, -12833, 0, -30917, 1938],
      [-7917, 103333, -73417, 21875, 120521, -60562, 14625],
      [22500, 98875, -41583, -53917, 35792, -79208, 23438],
    ],
    bank: [
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
  },
];

/** What a match between bots would have recorded in its first seconds. */
function record({ task: name, options: raw, bot }: Case): { trace: Trace; position: ReturnType<typeof positionOf> } {
  const task = taskNamed(name);
  const options: unknown = task.parseOptions(raw);
  const world = task.create(options, 7);
  const events: TraceEvent[] = [];
  const asked: { seq: number; at: number }[] = [];
  const players = Array.from({ length: task.seats(options) }, (_, seat) =>
    scripted(task, seat, { bot, delayUs: DELAY_US, errorPermille: 250 }, keyOf(7, seat), world.nextPublish(0)),
  );
  playOn(world, players, 8_000_000, {
    observed(seat, at) {
      const seq = (asked[seat]?.seq ?? -1) + 1;
      asked[seat] = { seq, at };
      events.push({ kind: 'observe', seat, seq, at, lateUs: 0 });
    },
    landed(seat, at, action: Action<Json>) {
      const latencyUs = at - asked[seat]!.at;
      events.push({ kind: 'act', seat, seq: asked[seat]!.seq, at, latencyUs, realUs: latencyUs, action, landing: { at, accepted: true } });
    },
  });
  const header = { id: 'golden', task: name, rules: task.rules, options: raw, seed: 7 } as unknown as Trace['header'];
  return { trace: { header, events } as Trace, position: positionOf(world, 7, world.now, 0) };
}

describe('oracle: golden values', () => {
  for (const each of CASES)
    it(`${each.task}, ${each.bot}, ${JSON.stringify(each.options)}`, () => {
      const task = taskNamed(each.task);
      const { trace, position } = record(each);
      const decisions = decisionsOf(trace, 0);
      const chosen = [2, Math.floor(decisions.length / 2), decisions.length - 2].map((i) => decisions[i]!);
      const valued = valueDecisions(task, trace, chosen);
      const figures = valued.map(({ decided, landed, latencyCost }) => [
        ...[decided, landed].flatMap(({ value, best, worst }) => [value, best, worst]),
        latencyCost,
      ]);
      const { futures, families } = bankRecipe(task, { futures: 16 });
      const { choose, value } = new Oracle(task, task.parseOptions(each.options), 7, futures, families).valueCandidates(position);
      expect({ decisions: figures, bank: [choose, value] }).to.deep.equal({ decisions: each.decisions, bank: each.bank });
    });
});
