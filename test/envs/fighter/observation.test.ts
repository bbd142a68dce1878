/** The observation and its text: what the expert uses is in the text, what is hidden is not, prompts are whole. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { Stream, keyOf } from '../../../envs/random.js';
import { ACTIONS, PLAN_FRAMES, PLAN_STEPS } from '../../../envs/fighter/actions.js';
import { decide } from '../../../envs/fighter/bots/expert.js';
import { randomAction } from '../../../envs/fighter/bots/legal.js';
import { CHARACTER_NAMES } from '../../../envs/fighter/characters.js';
import { COUNTER_STUN } from '../../../envs/fighter/combo.js';
import { METER_FULL } from '../../../envs/fighter/meter.js';
import { GRAB_FRAMES } from '../../../envs/fighter/moves.js';
import type { FighterState, State } from '../../../envs/fighter/state.js';
import { fighter } from '../../../envs/fighter/task.js';
import { frameTime } from '../../../envs/fighter/world.js';
import { loadPrompt } from '../../../harness/configuration/prompts.js';
import { packageRoot } from '../../../harness/host/root.js';
import { BpeEncoder } from '../../../models/recipe/bpe.js';
import { chatTokens } from '../../../models/recipe/chat.js';
import { modelFolder } from '../../../models/recipe/material.js';
import { readVocabulary } from '../../../models/recipe/tokenizer.js';

const prompt = (name: string): string => readFileSync(join(packageRoot(), 'envs/fighter/prompts', `${name}.txt`), 'utf8');

/** States along random fights, every few frames, of both seats. */
function states(matches: number): State[] {
  const out: State[] = [];
  for (let seed = 0; seed < matches; seed++) {
    const fighters = [CHARACTER_NAMES[seed % 3], CHARACTER_NAMES[Math.floor(seed / 3) % 3]];
    const world = fighter.create(fighter.parseOptions({ rounds: 3, roundSeconds: 10, health: 500, fighters }), seed);
    const stream = new Stream(keyOf(seed, 8), 0);
    const expert = fighter.bots[0]!.create({ seed, errorPermille: 400 });
    for (let k = 1; !world.over; k++) {
      world.advance(frameTime(k));
      if (k % 9 === 0) world.act(0, seed % 2 ? randomAction(stream) : expert.decide(world.observe(0)), world.now, frameTime(9));
      if (k % 13 === 0) world.act(1, expert.decide(world.observe(1)), world.now, frameTime(130));
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
      const late = Math.min(99, s.late);
      expect(readText(fighter.text(s))).deep.equal({ ...s, frame: 0, late, me: clipped(s.me), op: clipped(s.op) });
    }
    // Seen at all: what is new is not merely always zero.
    const shown = (of: (f: FighterState) => boolean): number => seen.filter((s) => of(s.me)).length;
    expect(shown((f) => f.stop > 0)).above(20);
    expect(shown((f) => f.combo > 1)).above(0);
    expect(shown((f) => f.meter > 0)).above(1000);
    expect(shown((f) => f.doing === 'held')).above(0);
    expect(new Set(seen.map((s) => s.me.character))).deep.equal(new Set(CHARACTER_NAMES));
  });

  it('keeps each number at its width and each field in its order, whatever the numbers', () => {
    const count = fc.integer({ min: 0, max: 20_000 });
    const who = fc.record({
      character: fc.constantFrom(...CHARACTER_NAMES),
      health: count,
      wins: count,
      wall: count,
      height: count,
      doing: fc.constantFrom(...ACTIONS.map((a) => a.name), 'hit', 'block', 'down', 'held'),
      startup: count,
      active: count,
      recovery: count,
      busy: count,
      stun: count,
      down: count,
      stop: count,
      land: count,
      guard: fc.constantFrom('none' as const, 'high' as const, 'low' as const),
      meter: count,
      combo: count,
      ball: fc.option(fc.record({ distance: count, arrives: count })),
    });
    const most = (n: number, digits: number): number => Math.min(n, 10 ** digits - 1);
    const clip = (f: FighterState): FighterState => ({
      ...f,
      ...Object.fromEntries(
        (['startup', 'active', 'recovery', 'busy', 'stun', 'down', 'stop', 'land'] as const).map((key) => [key, most(f[key], 2)]),
      ),
      ...Object.fromEntries((['height', 'wall', 'meter'] as const).map((key) => [key, most(f[key], 3)])),
      ...{ health: most(f.health, 4), wins: most(f.wins, 1), combo: most(f.combo, 1) },
      ball: f.ball && { distance: most(f.ball.distance, 3), arrives: most(f.ball.arrives, 2) },
    });
    fc.assert(
      fc.property(who, who, count, count, count, (me, op, timer, distance, late) => {
        const state: State = { ...seen[0]!, frame: 0, me, op, timer, distance, late };
        const clipped = { ...state, timer: most(timer, 4), distance: most(distance, 3), late: most(late, 2), me: clip(me), op: clip(op) };
        expect(readText(fighter.text(state))).deep.equal(clipped);
      }),
    );
  });

  it('is as the README shows it', () => {
    const readme = readFileSync(join(packageRoot(), 'envs/fighter/README.md'), 'utf8');
    const example = /^ {4}time [^]*?^ {4}plan .*$/m.exec(readme)![0].replace(/^ {4}/gm, '');
    expect(fighter.text(readText(example))).equal(example);
  });

  it('shows mirrored fights to both seats in the same words, but for the side', () => {
    const turned = (text: string): string => text.replace(/side (left|right)/, (_, side) => `side ${side === 'left' ? 'right' : 'left'}`);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.constantFrom(...CHARACTER_NAMES),
        fc.constantFrom(...CHARACTER_NAMES),
        (seed, one, other) => {
          const options = { rounds: 3, roundSeconds: 4, health: 400 };
          const [a, b] = [
            fighter.create(fighter.parseOptions({ ...options, fighters: [one, other] }), seed),
            fighter.create(fighter.parseOptions({ ...options, fighters: [other, one] }), seed),
          ];
          const stream = new Stream(keyOf(seed, 11), 0);
          for (let at = 0; at < 9_000_000; at += stream.below(150_000)) {
            const [seat, action, late] = [stream.below(2), randomAction(stream), stream.below(900_000)];
            a.act(seat, action, at, late);
            b.act(1 - seat, action, at, late);
            for (const side of [0, 1]) expect(fighter.text(b.observe(1 - side))).equal(turned(fighter.text(a.observe(side))));
          }
          expect(b.results().seats).deep.equal([...a.results().seats].reverse());
        },
      ),
      { numRuns: 25 },
    );
  });

  it('fits into the context of the reference models, with its prompt and the longest answer', () => {
    const folder = modelFolder('tb-1m');
    const encoder = new BpeEncoder(readVocabulary(folder));
    const { max_position_embeddings: context } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
      max_position_embeddings: number;
    };
    const template = loadPrompt(fighter, 'reference');
    const plan = Array.from({ length: 4 }, () => ({ action: 'walk_back', frames: 10 }));
    const answer = encoder.encode(fighter.write({ plan, standing: 'guard_high' })).length + 1;
    let longest = 0;
    for (let i = 0; i < seen.length; i += 40) {
      const text = fighter.text({ ...seen[i]!, plan, me: { ...seen[i]!.me, ball: { distance: 400, arrives: 80 } }, op: { ...seen[i]!.op, ball: { distance: 400, arrives: 80 } } }); // prettier-ignore
      longest = Math.max(longest, chatTokens(encoder, template.fill(text)).length);
    }
    expect(longest + answer).within(150, Math.floor(context / 2));
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

  it('counts every frame down by one, hitstop and grab included, unless something touches', () => {
    let [checked, frozen, heldBy] = [0, 0, 0];
    for (let seed = 0; seed < 9; seed++) {
      const fighters = [CHARACTER_NAMES[seed % 3], CHARACTER_NAMES[Math.floor(seed / 3) % 3]];
      const world = fighter.create(fighter.parseOptions({ roundSeconds: 20, fighters }), seed);
      const stream = new Stream(keyOf(seed, 10), 0);
      const crowding = fighter.bots.find((b) => b.name === ['rush', 'throw'][seed % 2])!.create({ seed });
      let before = world.observe(0);
      let touched = 0;
      for (let k = 1; !world.over && k < 2000; k++) {
        if (k % 16 === 0) world.act(0, randomAction(stream), world.now);
        if (k % 7 === 0) world.act(1, crowding.decide(world.observe(1)), world.now);
        world.advance(frameTime(k));
        const now = world.observe(0);
        const held = (s: State): boolean => s.me.doing === 'held' || s.op.doing === 'held';
        // A throw that takes hold is noted as a contact only when it does its harm.
        const contacts = (world.scene().hits.at(-1)?.id ?? 0) + (held(now) ? 0.5 : 0);
        const quiet = contacts === touched && before.pause === 0 && now.pause === 0 && before.round === now.round && !world.over;
        for (const [was, is] of [
          [before.me, now.me],
          [before.op, now.op],
        ] as const) {
          if (!quiet || was.busy === 0 || (is.doing !== was.doing && is.busy > 0)) continue;
          if (is.doing === 'held') heldBy++;
          expect(is.busy, `${was.doing} ${k} of ${seed}`).equal(was.busy - 1);
          if (was.startup > 0) expect(is.startup).equal(was.startup - 1);
          if (was.stop > 0) expect(is.stop).equal(was.stop - 1);
          if (was.down > 0 && was.stop === 0) expect(is.down).equal(was.down - 1);
          if (was.stop > 0) frozen++;
          checked++;
        }
        [before, touched] = [now, contacts];
      }
    }
    expect(checked).above(5000);
    expect(frozen).above(200);
    expect(heldBy).above(20);
  });

  it('has prompts of the length that the README states, to a twentieth', () => {
    const readme = readFileSync(join(packageRoot(), 'envs/fighter/README.md'), 'utf8');
    const cells = /^\| prompt (.*) \|$/m
      .exec(readme)![1]!
      .split(' | ')
      .map((cell) => cell.split(' / '));
    const [names, characters, , , tokens] = cells as [string[], string[], string[], string[], string[]];
    const encoder = new BpeEncoder(readVocabulary(modelFolder('tb-1m')));
    expect(names.length).equal(4);
    names.forEach((name, i) => {
      const { system } = loadPrompt(fighter, name.replaceAll('`', ''));
      expect(Number(characters[i]) / system.length, name).within(0.95, 1.05);
      expect(Number(tokens[i]) / encoder.encode(system).length, name).within(0.95, 1.05);
    });
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
    // Numbers that the prose repeats from the rules.
    for (const sentence of [
      `up to ${PLAN_STEPS} actions`,
      `${PLAN_FRAMES} frames after the answer landed`,
      `holds the other for ${GRAB_FRAMES} frames`,
      `${COUNTER_STUN} more frames of stun`,
      `from 0 to ${METER_FULL} grows`,
      `super takes ${ACTIONS.find((a) => a.name === 'super')!.move!.cost}`,
    ])
      expect(prompt('plain')).contain(sentence);
  });
});
