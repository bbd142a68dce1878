/** Unscored calls before an agent's first match. */
import type { Micros } from '../../envs/environment.js';
import { Patience } from '../endpoints/patience.js';
import type { WarmupFrame } from '../protocol/frames.js';
import { taskNamed } from '../match/tasks.js';
import type { AskerSettings, ModelAsker } from './asker.js';
import { rehearse } from './rehearsal.js';

/** How far apart the states of a warm-up are, in world time. */
const WARM_UP_STEP_US: Micros = 500_000;

/** How long a server that limits calls is waited for in all, before a match that waits for nobody. */
const WARM_UP_PATIENCE_MS = 60_000;

/** What a warm-up came to: calls made, and why no more were. */
export interface Warmed {
  done: number;
  note?: string;
}

/**
 * Calls about states of a match of their own, in which nobody acts. A server that asks for patience is waited for. Ends early, and
 * says why, when a call fails.
 */
export async function warmUp(asker: ModelAsker, ask: WarmupFrame, log: (line: string) => void): Promise<Warmed> {
  const task = taskNamed(ask.task);
  const options: unknown = task.parseOptions(ask.options);
  let env = task.create(options, ask.seed);
  const patience = new Patience({ say: (line) => log(`${line}; the match has not begun`), mostMs: WARM_UP_PATIENCE_MS });
  for (let done = 0; done < ask.count; done++) {
    env.advance(env.nextPublish(env.now + WARM_UP_STEP_US));
    if (env.over) env = task.create(options, ask.seed + done);
    const text = task.text(env.observe(done % task.seats(options)));
    let answer = await asker.ask(task, text);
    while (await patience.after(answer.error)) answer = await asker.ask(task, text);
    if (answer.failure !== undefined) {
      const why = patience.gaveUp === '' ? answer.rejected : `${answer.rejected}; ${patience.gaveUp}`;
      return { done, note: why?.slice(0, 1000) };
    }
  }
  return { done: ask.count };
}

/** Compiles an agent's own way from observation to action, by calls to nobody. An agent that cannot be rehearsed is only slower at first. */
export async function rehearseFor(ask: WarmupFrame, settings: AskerSettings): Promise<void> {
  const task = taskNamed(ask.task);
  await rehearse(task, task.parseOptions(ask.options), ask.seed, settings).catch(() => 0);
}

/** Warms up several that play as one, one after another. @returns the calls of the one that made the fewest, and every note under its name */
export async function warmUpAll(
  members: readonly { role: string; asker: ModelAsker }[],
  ask: WarmupFrame,
  log: (line: string) => void,
): Promise<Warmed> {
  const notes: string[] = [];
  let fewest = ask.count;
  for (const { role, asker } of members) {
    const { done, note } = await warmUp(asker, ask, log);
    if (note !== undefined) notes.push(`${role}: ${note}`);
    fewest = Math.min(fewest, done);
  }
  return { done: fewest, ...(notes.length > 0 ? { note: notes.join('; ').slice(0, 1000) } : {}) };
}
