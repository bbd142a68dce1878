/** Some of a batch's worlds, as one thread holds them. Each is answered for itself: what is wrong with one is told of that one, and the others go on. */
import { taskNamed } from '../match/tasks.js';
import type { RestorePart, StepPart } from './frames.js';
import { RolloutError } from './fault.js';
import { RolloutWorld, type RolloutAction, type RolloutSettings, type WorldStep } from './world.js';

/** Settings as they go to another thread: the task by its name. */
export type PlainSettings = Omit<RolloutSettings, 'task'> & { task: string };

/** What is asked of worlds: by numbers that are one learner's own. */
export type BatchAsk =
  | { do: 'create'; worlds: number[]; settings: PlainSettings }
  | { do: 'reset'; parts: { world: number; seed: number }[] }
  | { do: 'step'; parts: (StepPart & { place: string })[]; futures?: number }
  | { do: 'snapshot'; parts: { world: number }[] }
  | { do: 'restore'; parts: (RestorePart & { place: string })[] }
  | { do: 'forget'; parts: { world: number }[] }
  | { do: 'close' };

export class Batch {
  private readonly worlds = new Map<number, RolloutWorld>();

  /** Each world's answer as JSON, in the order of the parts; nothing where nothing is to be told. */
  ask(asked: BatchAsk): string[] {
    switch (asked.do) {
      case 'create': {
        const { task, options, ...rest } = asked.settings;
        const known = taskNamed(task);
        const settings = { task: known, options: known.parseOptions(options) as unknown, ...rest };
        for (const world of asked.worlds) this.worlds.set(world, new RolloutWorld(settings));
        return [];
      }
      case 'reset':
        return asked.parts.map(({ world, seed }) => this.answer(world, 'worlds', (each) => each.reset(seed)));
      case 'step':
        return asked.parts.map(({ world, actions, place }) =>
          this.answer(world, place, (each) => each.step(actionsOf(actions, each), asked.futures)),
        );
      case 'snapshot':
        return asked.parts.map(({ world }) => this.answer(world, 'worlds', (each) => ({ snapshot: each.snapshot() })));
      case 'restore':
        return asked.parts.map(({ world, snapshot, place }) => this.answer(world, place, (each) => each.restore(snapshot)));
      case 'forget':
        for (const { world } of asked.parts) this.worlds.get(world)?.forget();
        return [];
      case 'close':
        this.worlds.clear();
        return [];
    }
  }

  private answer(world: number, place: string, ask: (each: RolloutWorld) => WorldStep | { snapshot: number }): string {
    try {
      return JSON.stringify({ world, ...ask(this.worlds.get(world)!) });
    } catch (error) {
      if (error instanceof RolloutError) return JSON.stringify({ world, error: error.within(place) });
      throw error;
    }
  }
}

/** The actions with their seats and their latencies in microseconds. */
function actionsOf(actions: StepPart['actions'], world: RolloutWorld): RolloutAction[] {
  const { tickUs, learners } = world.settings;
  return actions.map(({ seat, latencyTicks, latencyUs, ...said }, i) => {
    const asked = world.asked;
    if (seat === undefined && asked.length > 1)
      throw new RolloutError(`actions.${i}.seat`, 'nothing', `one of ${asked.join(', ')}, which were asked`);
    const charged = latencyTicks === undefined ? latencyUs : Math.round(latencyTicks * tickUs);
    return { ...said, seat: seat ?? asked[0] ?? learners[0]!, ...(charged === undefined ? {} : { latencyUs: charged }) };
  });
}
