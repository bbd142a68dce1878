/** The expert in situations with a known best answer, at delays at which it can still be given and at others. */
import { expect } from 'chai';
import { decide } from '../../../envs/fighter/bots/expert.js';
import { fighter } from '../../../envs/fighter/task.js';
import type { Plan, State } from '../../../envs/fighter/state.js';
import { frameTime } from '../../../envs/fighter/world.js';

const OPTIONS = fighter.parseOptions({ rounds: 1, roundSeconds: 20 });

/** Lets two fighters play fixed plans from the start of a round and shows what seat 0 sees some frames later. */
function scene(mine: Plan, theirs: Plan, frames: number, late: number, standing = 'guard_low'): State {
  const world = fighter.create(OPTIONS, 5);
  while (world.observe(0).pause > 0) world.advance(world.nextChange());
  const start = world.now;
  // Walk together first, so that the distance is the same whatever the marks were.
  const near = world.observe(0).distance;
  for (let walked = 0; walked < Math.floor((near - 90) / 6); walked++) {
    for (const seat of [0, 1]) world.act(seat, { plan: [{ action: 'walk_fwd', frames: 1 }] }, world.now);
    world.advance(world.nextChange());
  }
  expect(start).below(world.now);
  world.act(0, { plan: mine, standing }, world.now);
  world.act(1, { plan: theirs, standing: 'guard_low' }, world.now);
  for (let frame = 0; frame < frames; frame++) world.advance(world.nextChange());
  return { ...world.observe(0), late };
}

const actions = (state: State, mix?: number): string[] => decide(state, mix).plan.map((step) => step.action);
const does = (action: string): Plan => [{ action }];

describe('fighter expert', () => {
  it('guards a chop high while it is in time, and not once it is late', () => {
    const standing = 'walk_fwd';
    expect(actions(scene([], does('overhead'), 10, 6, standing))[0]).oneOf(['guard_high', 'jab', 'uppercut', 'low', 'throw']);
    expect(decide(scene([], does('overhead'), 14, 8, standing)).plan[0]).property('action', 'guard_high');
    expect(decide(scene([], does('overhead'), 2, 48, standing)).plan.map((s) => s.action)).not.contain('guard_high');
  });

  it('guards a sweep low, and strikes back after it', () => {
    const state = scene([], does('sweep'), 6, 6, 'guard_high');
    const plan = actions(state);
    expect(plan[0]).equal('guard_low');
    expect(plan.length).above(1);
  });

  it('punishes a guarded uppercut with its strongest blow', () => {
    const state = scene([], [{ action: 'walk_fwd', frames: 10 }, { action: 'uppercut' }], 28, 6);
    expect(state.op.doing).equal('uppercut');
    expect(actions(state)).contain('heavy');
  });

  it('meets a jumper from below while there is time, and guards high when there is not', () => {
    const state = scene([], [{ action: 'walk_back', frames: 35 }, { action: 'jump_kick' }], 50, 6);
    expect(state.op.doing).equal('jump_kick');
    expect(actions(state)).contain('uppercut');
    expect(actions({ ...state, late: 24 })).not.contain('uppercut');
  });

  it('gets out of a hold by a throw', () => {
    const world = fighter.create(OPTIONS, 5);
    let held: State | undefined;
    for (let i = 0; i < 400 && !held; i++) {
      world.advance(world.nextChange());
      world.act(1, { plan: world.observe(1).distance > 60 ? [{ action: 'walk_fwd', frames: 5 }] : does('throw') }, world.now);
      if (world.observe(0).me.doing === 'held') held = world.observe(0);
    }
    expect(held).not.equal(undefined);
    expect(actions(held!)).deep.equal(['throw']);
  });

  it('goes over a projectile that is far enough, and guards one that is not', () => {
    const world = fighter.create(OPTIONS, 5);
    while (world.observe(0).pause > 0) world.advance(world.nextChange());
    world.act(1, { plan: does('fireball') }, world.now);
    while (!world.observe(0).op.ball) world.advance(world.nextChange());
    const state = world.observe(0);
    const jumps = (late: number): boolean => actions({ ...state, late }).some((action) => action.startsWith('jump'));
    expect(jumps(3)).equal(true);
    expect(decide({ ...state, late: 40 }).plan[0]).property('action', 'guard_low');
  });

  it('reads nothing but what the text says, and answers the same to the same', () => {
    const state = scene([], does('poke'), 3, 6);
    expect(decide({ ...state, frame: state.frame + 1 })).deep.equal(decide(state));
    expect(decide(state)).deep.equal(decide(structuredClone(state)));
  });

  it('goes on with a blow that begins before its answer can land', () => {
    const state = scene([{ action: 'walk_fwd', frames: 2 }, { action: 'poke' }], [], 1, 12);
    expect(actions(state)).deep.equal(['keep']);
  });

  it('measures its delay in frames of the world', () => {
    const world = fighter.create(OPTIONS, 5);
    world.act(0, { plan: [] }, frameTime(24), frameTime(24));
    expect(world.observe(0).late).equal(24);
    expect(world.observe(1).late).equal(0);
  });
});
