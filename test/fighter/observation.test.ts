/** The observation and its text: what the expert uses is in the text, what is hidden is not, prompts are whole. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Stream, keyOf } from '../../envs/random.js';
import { decide } from '../../envs/fighter/bots/expert.js';
import { randomAction } from '../../envs/fighter/bots/legal.js';
import type { FighterState, State } from '../../envs/fighter/state.js';
import { fighter } from '../../envs/fighter/task.js';
import { frameTime } from '../../envs/fighter/world.js';
import { packageRoot } from '../../harness/root.js';

const prompt = (name: string): string => readFileSync(join(packageRoot(), 'envs/fighter/prompts', `${name}.txt`), 'utf8');

/** States along random fights, every few frames, of both seats. */
function states(matches: number): State[] {
  const out: State[] = [];
  for (let seed = 0; seed < matches; seed++) {
    const world = fighter.create(fighter.parseOptions({ rounds: 3, roundSeconds: 10, health: 500 }), seed);
    const stream = new Stream(keyOf(seed, 8), 0);
    const expert = fighter.bots[0]!.create({ seed, errorPermille: 400 });
    for (let k = 1; !world.over; k++) {
      world.advance(frameTime(k));
      if (k % 9 === 0) world.act(0, seed % 2 ? randomAction(stream) : expert.decide(world.observe(0)), world.now);
      if (k % 13 === 0) world.act(1, expert.decide(world.observe(1)), world.now);
      if (k % 5 === 0) out.push(world.observe(0), world.observe(1));
    }
  }
  return out;
}

/** Reads a text back into a state, as a model would: an independent reader of the published layout. */
function readText(text: string): State {
  const line = text.split('\n');
  const head = /^time (\d{4}) round (\d) of (\d) pause (\d\d) side (left|right) facing (yes|no) dist (\d{3}) late (\d\d)$/.exec(line[0]!)!;
  const tail = /^plan (.+) left (\d\d) standing (\w+)$/.exec(line[3]!)!;
  const who = (name: string, from: string): FighterState => {
    const m = new RegExp(
      `^${name} (\\w+) (\\w+) start (\\d\\d) act (\\d\\d) rec (\\d\\d) busy (\\d\\d) stun (\\d\\d) down (\\d\\d) stop (\\d\\d) land (\\d\\d) high (\\d{3}) ` +
        'guard (none|low|high) wall (\\d{3}) hp (\\d{4}) wins (\\d) meter (\\d{3}) combo (\\d) ball (?:none|(\\d{3}) in (\\d\\d))$',
    ).exec(from)!;
    const n = (i: number): number => Number(m[i]);
    return {
      character: m[1]!,
      doing: m[2]!,
      startup: n(3),
      active: n(4),
      recovery: n(5),
      busy: n(6),
      stun: n(7),
      down: n(8),
      stop: n(9),
      land: n(10),
      height: n(11),
      guard: m[12] as 'none',
      wall: n(13),
      health: n(14),
      wins: n(15),
      meter: n(16),
      combo: n(17),
      ball: m[18] === undefined ? null : { distance: n(18), arrives: n(19) },
    };
  };
  const plan = fighter.parse(`${tail[1]!};`, true);
  if (plan.kind !== 'action') throw new Error(`unreadable plan ${tail[1]!}`);
  return {
    frame: 0,
    timer: Number(head[1]),
    round: Number(head[2]),
    rounds: Number(head[3]),
    pause: Number(head[4]),
    left: head[5] === 'left',
    facing: head[6] === 'yes',
    distance: Number(head[7]),
    late: Number(head[8]),
    me: who('me', line[1]!),
    op: who('op', line[2]!),
    plan: plan.action.plan,
    planLeft: Number(tail[2]),
    standing: tail[3]!,
  };
}

describe('fighter observation', () => {
  const seen = states(12);

  it('has a text that tells everything, in which only a far projectile is rounded', () => {
    for (const s of seen) {
      const clipped = (f: FighterState): FighterState => ({
        ...f,
        ball: f.ball && { distance: f.ball.distance, arrives: Math.min(99, f.ball.arrives) },
      });
      expect(readText(fighter.text(s))).deep.equal({ ...s, frame: 0, me: clipped(s.me), op: clipped(s.op) });
    }
  });

  it('suffices for the expert: it decides from the text as from the state, and the same each time', () => {
    const words = new Set<string>();
    for (const s of seen) {
      const action = decide(s);
      expect(decide(readText(fighter.text(s)))).deep.equal(action);
      expect(fighter.parseAction(action)).deep.equal(action);
      words.add(action.plan[0]?.action ?? 'none');
    }
    // A policy of several ideas, not of one.
    expect(words.size).above(12);
  });

  it('stays compact', () => {
    for (const s of seen) expect(fighter.text(s).length).within(320, 600);
  });

  it('hides the plan and standing order of the other, and takes both views from the same fight', () => {
    const world = fighter.create(fighter.parseOptions({}), 3);
    world.advance(400_000);
    const before = fighter.text(world.observe(0));
    world.act(1, { plan: [{ action: 'smash' }], standing: 'walk_fwd' }, 400_000);
    expect(fighter.text(world.observe(0))).equal(before);
    for (let i = 0; i + 1 < seen.length; i += 2) {
      const [a, b] = [seen[i]!, seen[i + 1]!];
      expect(a.me).deep.equal(b.op);
      expect(a.op).deep.equal(b.me);
      expect(a.distance).equal(b.distance);
      expect(a.left).equal(!b.left);
    }
  });

  it('counts down truthfully: busy 0 means that a plan begins on the next frame', () => {
    let checked = 0;
    for (let seed = 0; seed < 6; seed++) {
      const world = fighter.create(fighter.parseOptions({ roundSeconds: 8 }), seed);
      const stream = new Stream(keyOf(seed, 9), 0);
      for (let k = 1; !world.over; k++) {
        world.advance(frameTime(k));
        if (k % 17 === 0) for (const seat of [0, 1]) world.act(seat, randomAction(stream), world.now);
        const s = world.observe(0);
        if (s.pause > 0 || k % 7 !== 0) continue;
        const saved = world.snapshot();
        world.act(0, { plan: [{ action: 'wait', frames: 40 }], standing: 'wait' }, world.now);
        world.advance(frameTime(k + s.me.busy));
        // Undisturbed until then (a hit would have changed the count), it is free exactly now and not one frame earlier.
        const left = world.observe(0).me.busy;
        if (left === 0 && !world.over && world.observe(0).pause === 0) {
          world.advance(frameTime(k + s.me.busy + 1));
          const after = world.observe(0);
          if (after.me.stun === 0 && after.me.down === 0 && after.pause === 0 && after.timer < s.timer && s.me.busy < 38) {
            expect(after.me.doing).equal('wait');
            checked++;
          }
        }
        world.restore(saved);
      }
    }
    expect(checked).above(300);
  });

  it('ships whole prompts: static part first, one state, known words only', () => {
    for (const name of ['reference', 'terse', 'plain']) {
      const parts = prompt(name).split('\n=== user ===\n');
      expect(parts.length, name).equal(2);
      expect(parts[0], name).not.contain('{{state}}');
      expect(parts[1]!.trim(), name).equal('{{state}}');
      expect(
        prompt(name)
          .match(/\{\{\w+\}\}/g)!
          .every((p) => p === '{{state}}' || p === '{{actions}}'),
      ).equal(true);
    }
    expect(prompt('reference').split('\n=== user ===')[0]!.length).most(300);
    for (const name of ['terse', 'plain']) {
      expect(prompt(name)).contain('{{actions}}').contain(fighter.standingOrders.join(', '));
      const examples = prompt(name)
        .split('\n')
        .filter((line) => /^[a-z_0-9 ,|]+;$/.test(line));
      expect(examples.length).least(3);
      for (const line of examples) expect(fighter.parse(line, true).kind, line).equal('action');
    }
  });
});
