/**
 * Frames a second of the fighting game on one core: with a digest on each frame, and with both agents' text on each frame.
 * No live peer runs here; as a check of one choice, a snapshot is compared with the obvious one (the same integers in an object, structuredClone).
 */
import { Stream, keyOf } from '../../envs/random.js';
import { randomAction } from '../../envs/fighter/bots/legal.js';
import { fighter } from '../../envs/fighter/task.js';
import { frameTime } from '../../envs/fighter/world.js';

const FRAMES = 400_000;
const REPEATS = 5;
const PLAN_EVERY = 12;

type World = ReturnType<typeof fighter.create>;

/** Plays random plans for `frames` frames, doing `each` on every frame; frames a second of the best of some repeats. */
function framesPerSecond(frames: number, each: (world: World) => number): number {
  const options = fighter.parseOptions({});
  const stream = new Stream(keyOf(1, 1), 0);
  const plans = Array.from({ length: 1024 }, () => randomAction(stream));
  let best = 0;
  let sink = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const start = performance.now();
    let done = 0;
    let next = 0;
    for (let seed = 0; done < frames; seed++) {
      const world = fighter.create(options, seed);
      for (let k = 1; !world.over; k++, done++) {
        world.advance(frameTime(k));
        sink += each(world);
        if (k % PLAN_EVERY === 0) for (let seat = 0; seat < 2; seat++) world.act(seat, plans[next++ % plans.length]!, world.now);
      }
    }
    best = Math.max(best, (done * 1000) / (performance.now() - start));
  }
  if (sink < 0) throw new Error('unreachable: keeps the work from being optimised away');
  return Math.round(best);
}

/** Calls a second of `once`. */
function perSecond(calls: number, once: () => void): number {
  let best = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) once();
    best = Math.max(best, (calls * 1000) / (performance.now() - start));
  }
  return Math.round(best);
}

/** Rows for `npm run bench -- fighter`. */
export async function bench(): Promise<{ case: string; unit: string; ours: number; peer?: number; ratio?: number; note?: string }[]> {
  const digest = framesPerSecond(FRAMES, (world) => world.digest().length);
  const text = framesPerSecond(FRAMES / 4, (world) => fighter.text(world.observe(0)).length + fighter.text(world.observe(1)).length);
  const world = fighter.create(fighter.parseOptions({}), 1);
  world.advance(2_000_000);
  const copy = perSecond(200_000, () => world.restore(world.snapshot()));
  const { w } = world.snapshot() as { w: Int32Array };
  const plain = Object.fromEntries(Array.from(w, (value, i) => [`field${i}`, value]));
  const clone = perSecond(10_000, () => void structuredClone(plain));
  return [
    {
      case: 'frames with digest each',
      unit: 'frames/s',
      ours: digest,
      note: 'random plans for both seats every 12 frames; FootsiesGym publishes 190,000 steps/s (its figure, another game, not measured here)',
    },
    { case: 'frames with both texts each', unit: 'frames/s', ours: text, note: 'observation and text for both seats' },
    {
      case: 'snapshot and restore',
      unit: '1/s',
      ours: copy,
      peer: clone,
      ratio: copy / clone,
      note: 'peer: the same integers in an object, structuredClone only',
    },
  ];
}
