/** What a match counts about its players beside the score: answers to a changed situation, idle frames, own latency, totals. */
import { expect } from 'chai';
import type { Action } from '../../../envs/environment.js';
import { CHARACTER_NAMES } from '../../../envs/fighter/characters.js';
import type { Plan, State } from '../../../envs/fighter/state.js';
import { fighter } from '../../../envs/fighter/task.js';
import { frameTime } from '../../../envs/fighter/world.js';

type World = ReturnType<typeof fighter.create>;

const NOTHING: Action<Plan> = { plan: [], standing: 'guard_low' };
const does = (action: string): Action<Plan> => ({ plan: [{ action }] });

/** A fight of one round that has run for `frame` frames, both fighters guarding at their marks. */
function fight(frame: number, options: object = {}): World {
  const world = fighter.create(fighter.parseOptions({ rounds: 1, roundSeconds: 10, ...options }), 4);
  world.advance(frameTime(frame));
  return world;
}

/** Lands at frame `landed` an answer of `seat` to what it saw at frame `seen`. */
function answer(world: World, seat: number, action: Action<Plan>, seen: number, landed: number): void {
  const at = frameTime(landed);
  expect(world.act(seat, action, at, at - frameTime(seen)).accepted).equal(true);
}

const count = (world: World, seat: number, name: string): number => world.results().seats[seat]![name]!;

describe('fighter counts', () => {
  it('call an answer stale when a move began between what it saw and its landing, and only then', () => {
    // The other's jab is in its plan at frame 40 and runs from frame 41 to 55.
    const cases: [number, number, number][] = [
      [30, 40, 0],
      [30, 41, 1],
      [40, 50, 1],
      [41, 50, 0],
      [41, 55, 0],
      [41, 60, 1],
      [56, 60, 0],
      [40, 40, 0],
    ];
    for (const [seen, landed, stale] of cases) {
      const world = fight(40);
      world.act(1, does('jab'), frameTime(40));
      answer(world, 0, NOTHING, seen, landed);
      expect(count(world, 0, 'stale'), `seen at ${seen}, landed at ${landed}`).equal(stale);
      expect(count(world, 1, 'stale')).equal(0);
    }
  });

  it('call an answer stale when the own fighter has been hit since, and when a new round has begun', () => {
    const world = fight(30);
    world.act(1, { plan: [{ action: 'fireball' }], standing: 'wait' }, frameTime(30));
    world.act(0, { plan: [], standing: 'wait' }, frameTime(30));
    let hit = 31;
    for (; world.observe(0).me.doing !== 'hit'; hit++) world.advance(frameTime(hit + 1));
    answer(world, 0, NOTHING, hit, hit);
    expect(count(world, 0, 'stale')).equal(0);
    answer(world, 0, NOTHING, hit - 1, hit);
    expect(count(world, 0, 'stale')).equal(1);

    const rounds = fight(20 + 180, { rounds: 3, roundSeconds: 3 });
    expect(rounds.observe(0).pause).above(0);
    let begun = 200;
    while (rounds.observe(0).round === 1) rounds.advance(frameTime(++begun));
    answer(rounds, 0, NOTHING, begun, begun + 5);
    expect(count(rounds, 0, 'stale')).equal(0);
    answer(rounds, 0, NOTHING, 200, begun + 5);
    expect(count(rounds, 0, 'stale')).equal(1);
  });

  it('call nothing stale that was refused, or whose latency nobody measured', () => {
    const world = fight(40);
    world.act(1, does('jab'), frameTime(40));
    world.act(0, NOTHING, frameTime(45));
    expect(world.act(0, { plan: Array<{ action: string }>(5).fill({ action: 'jab' }) }, frameTime(45), frameTime(20)).accepted).equal(
      false,
    );
    expect(count(world, 0, 'stale')).equal(0);
    expect(count(world, 0, 'plans')).equal(1);
  });

  it('count as idle the frames in which a fighter is free and no plan runs', () => {
    // Twenty frames at the marks are not fought; the eleventh to fortieth frame of the round are.
    const world = fight(30);
    expect([count(world, 0, 'idle'), count(world, 0, 'liveFrames')]).deep.equal([10, 10]);
    world.act(0, { plan: [{ action: 'wait', frames: 7 }, { action: 'jab' }] }, frameTime(30));
    world.advance(frameTime(30 + 7 + 15));
    expect(count(world, 0, 'idle')).equal(10);
    expect(count(world, 1, 'idle')).equal(32);
    world.advance(frameTime(30 + 7 + 15 + 5));
    expect(count(world, 0, 'idle')).equal(15);
    expect(count(world, 0, 'liveFrames')).equal(37);
  });

  it('show a seat the latency of its last answer, in frames, and the other nothing of it', () => {
    const world = fight(40);
    expect([world.observe(0).late, world.observe(1).late]).deep.equal([0, 0]);
    const [before, text] = [world.observe(1), fighter.text(world.observe(1))];
    for (const late of [1, 7, 12, 59, 250]) {
      world.act(0, NOTHING, world.now, frameTime(late));
      expect(world.observe(0).late).equal(late);
      expect(fighter.text(world.observe(0)).split('\n')[0]).match(new RegExp(` late ${late > 99 ? 99 : String(late).padStart(2, '0')}$`));
      expect(world.observe(1)).deep.equal(before);
      expect(fighter.text(world.observe(1))).equal(text);
    }
    // A refused answer took its time as well; one without a measurement says nothing new.
    world.act(0, { plan: [{ action: 'keep' }, { action: 'jab' }] }, world.now, frameTime(33));
    expect(world.observe(0).late).equal(33);
    world.act(0, NOTHING, world.now);
    expect(world.observe(0).late).equal(33);
    const saved = world.snapshot();
    world.act(0, NOTHING, world.now, frameTime(3));
    const changed = world.digest();
    world.restore(saved);
    world.act(0, NOTHING, world.now, frameTime(4));
    expect(world.digest()).not.equal(changed);
  });

  it('agree with each other and with what both seats saw, over whole matches of every pair of characters', () => {
    for (const first of CHARACTER_NAMES)
      for (const second of CHARACTER_NAMES) {
        const world = fighter.create(fighter.parseOptions({ rounds: 1, roundSeconds: 20, fighters: [first, second] }), 7);
        const bots = ['expert', 'rush'].map((name) => fighter.bots.find((b) => b.name === name)!.create({ seed: 3, errorPermille: 200 }));
        let [live, free] = [0, 0];
        const longest = [0, 0];
        let state: State = world.observe(0);
        const full = [state.me.health, state.op.health];
        for (let k = 1; !world.over; k++) {
          if (state.pause === 0) live++;
          world.advance(frameTime(k));
          state = world.observe(0);
          if (state.pause === 0 && state.me.busy === 0 && state.plan.length === 0) free++;
          longest[0] = Math.max(longest[0]!, state.op.combo);
          longest[1] = Math.max(longest[1]!, state.me.combo);
          if (k % 10 === 0) bots.forEach((bot, seat) => world.act(seat, bot.decide(world.observe(seat)), world.now, frameTime(10)));
        }
        const [a, b] = world.results().seats as [Record<string, number>, Record<string, number>];
        expect(a.damage).equal(full[1]! - state.op.health);
        expect(b.damage).equal(full[0]! - state.me.health);
        expect([a.combosBest, b.combosBest]).deep.equal(longest);
        expect([a.liveFrames, b.liveFrames]).deep.equal([live, live]);
        for (const seat of [a, b]) {
          expect(seat.stale).within(1, seat.plans!);
          expect(seat.idle).within(0, live);
          for (const value of Object.values(seat)) expect(Number.isInteger(value)).equal(true);
        }
        // Free with an empty plan after a frame is nearly always idle in the next: only a plan that landed between differs.
        expect(Math.abs(a.idle! - free)).below(live / 4);
      }
  });
});
