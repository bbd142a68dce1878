/**
 * Random matches without a match server: every seat a random legal player, its answers landing after random delays, all from seeded streams.
 * Runs in Node and, bundled, in a browser: the same seeds must give the same digests. Nothing here knows a task's rules.
 */
import type { AnyTask, Json } from '../../envs/environment.js';
import { Digest } from '../../envs/digest.js';
import { CHARACTER_NAMES } from '../../envs/fighter/characters.js';
import { fighter } from '../../envs/fighter/task.js';
import { hft } from '../../envs/hft/task.js';
import { keyOf, Stream } from '../../envs/random.js';

const TASKS: Record<string, AnyTask> = { fighter, hft };
const PURPOSE = 0x7a9d;
/** Longest delay of an answer, in ticks. */
const SLOWEST = 40;

/** What is played: so many ticks of each of the matches `from`..`to`-1, whose numbers are their seeds. */
export interface RandomPlay {
  task: 'fighter' | 'hft';
  /** The matches take turns with these. */
  options: Json[];
  ticks: number;
  from: number;
  to: number;
}

/** Fights between every two characters, each from both sides. */
export const EVERY_PAIR: Json[] = CHARACTER_NAMES.flatMap((a) => CHARACTER_NAMES.map((b) => ({ fighters: [a, b] })));

/** The digests of these matches, in order. */
export function digestsOf({ task: name, options: turns, ticks, from, to }: RandomPlay): string[] {
  const task = TASKS[name]!;
  const parsed = turns.map((raw): unknown => task.parseOptions(raw));
  const random = task.bots.find((bot) => bot.name === 'random') ?? task.bots[0]!;
  const digests: string[] = [];
  for (let seed = from; seed < to; seed++) {
    const options = parsed[seed % parsed.length];
    const env = task.create(options, seed);
    const stream = new Stream(keyOf(seed, PURPOSE), 0);
    const players = Array.from({ length: task.seats(options) }, (_, seat) => random.create({ seed: 2 * seed + seat, errorPermille: 1000 }));
    const due = players.map(() => stream.between(1, SLOWEST));
    let at = 0;
    // Not only the end counts: what a seat saw on the way does too.
    const seen = new Digest();
    for (let tick = 1; tick <= ticks && !env.over; tick++) {
      at = env.nextPublish(at);
      env.advance(at);
      for (const [seat, player] of players.entries()) {
        if (tick < due[seat]!) continue;
        const state: unknown = env.observe(seat);
        const landing = env.act(seat, player.decide(state), at, due[seat]! * 1000);
        seen.int32(landing.accepted ? 1 : 0);
        if (tick % 7 === 0) seen.text(task.text(state));
        due[seat] = tick + stream.between(1, SLOWEST);
      }
    }
    digests.push(env.digest() + seen.hex());
  }
  return digests;
}
