/** The task's surface: options and their refusals, the scene spectators get. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { OptionsError } from '../../../envs/environment.js';
import { fighter } from '../../../envs/fighter/task.js';
import { frameTime } from '../../../envs/fighter/world.js';
import { packageRoot } from '../../../harness/host/root.js';

describe('fighter task', () => {
  it('fills options and refuses wrong ones with a sentence', () => {
    const defaults = { rounds: 3, roundSeconds: 99, health: 1000, fighters: ['ash', 'ash'] };
    expect(fighter.parseOptions(undefined)).deep.equal(defaults);
    expect(fighter.parseOptions({ rounds: 1, roundSeconds: 15 })).deep.equal({ ...defaults, rounds: 1, roundSeconds: 15 });
    expect(fighter.parseOptions({ fighters: ['kite', 'bram'] })).deep.equal({ ...defaults, fighters: ['kite', 'bram'] });
    const cases: [unknown, RegExp][] = [
      [{ rounds: 2 }, /at rounds: found 2; accepted: 1, 3 or 5/],
      [{ roundSeconds: 0.5 }, /at roundSeconds: found 0.5; accepted: whole seconds from 3 to 99/],
      [{ health: 99 }, /at health: found 99; accepted: a whole number from 100 to 5000/],
      [{ fighters: ['ash', 'ryu'] }, /at fighters\.1: found "ryu"; accepted: ash, bram, kite/],
      [{ fighters: ['ash'] }, /at fighters: found \["ash"\]; accepted: two of ash, bram, kite/],
      [{ fighters: 'ash' }, /at fighters: found "ash"; accepted: two of ash, bram, kite/],
      [{ speed: 2 }, /speed.*rounds, roundSeconds, health, fighters/],
      ['best of three', /found "best of three"/],
    ];
    for (const [raw, message] of cases) expect(() => fighter.parseOptions(raw)).throw(OptionsError, message);
    expect(fighter.tick(fighter.parseOptions({}))).deep.equal({ us: 16666, name: 'frame' });
  });

  it('draws a scene that is JSON and agrees with what the seats see', () => {
    const world = fighter.create(fighter.parseOptions({ roundSeconds: 10 }), 2);
    const bots = [fighter.bots[0]!.create({ seed: 1, errorPermille: 300 }), fighter.bots[0]!.create({ seed: 2, errorPermille: 300 })];
    let last = 0;
    let contacts = 0;
    for (let k = 1; !world.over; k++) {
      world.advance(frameTime(k));
      const scene = world.scene();
      expect(JSON.parse(JSON.stringify(scene))).deep.equal(scene);
      const [a, b] = [world.observe(0), world.observe(1)];
      expect(Math.abs(scene.fighters[0].x - scene.fighters[1].x)).equal(a.distance);
      expect(scene.fighters.map((f) => f.health)).deep.equal([a.me.health, b.me.health]);
      expect(scene.fighters[0].planLeft).equal(a.planLeft);
      for (const f of scene.fighters) {
        const { startup, active, frame, phase } = f.pose;
        if (frame > 0 && f.stun === 0)
          expect(phase).equal(frame <= startup ? 'startup' : frame <= startup + active ? 'active' : 'recovery');
        for (const box of [...f.hurt, ...f.hit]) expect(Math.min(box.w, box.h)).above(0);
        if (f.hit.length > 0) expect(phase).equal('active');
      }
      for (const hit of scene.hits.filter((h) => h.id > last)) {
        expect(hit.id).equal(last + 1);
        last = hit.id;
        contacts++;
      }
      if (k % 9 === 0) world.act(0, bots[0]!.decide(a), world.now);
      if (k % 14 === 0) world.act(1, bots[1]!.decide(b), world.now);
    }
    expect(contacts).above(10);
    expect(world.scene().over).equal(true);
  });

  it('names its standing orders and bots in the README', () => {
    const readme = readFileSync(join(packageRoot(), 'envs/fighter/README.md'), 'utf8');
    for (const name of [...fighter.standingOrders, ...fighter.bots.map((b) => b.name), 'keep', 'none'])
      expect(readme).contain(`\`${name}\``);
  });
});
