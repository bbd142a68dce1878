/** Scripted players: each task's bots by their names, seated in every match they are asked to play. */
import type { AnyTask } from '../../envs/environment.js';
import { taskNamed } from '../match/tasks.js';
import type { Player } from './link.js';

/** A task's bot of this name. @throws with the names there are */
export function botOf(task: AnyTask, name: string): AnyTask['bots'][number] {
  const bot = task.bots.find((candidate) => candidate.name === name);
  if (!bot) throw new Error(`${task.name} has no bot "${name}"; there are ${task.bots.map((candidate) => candidate.name).join(', ')}`);
  return bot;
}

/** A player that plays each task's bot of this name. */
export function botPlayer(name: string, errorPermille: number): Player {
  return {
    recalls: true,
    seat(welcome) {
      const policy = botOf(taskNamed(welcome.task), name).create({ seed: welcome.seed, errorPermille });
      return {
        decide(observation) {
          const action = policy.decide(observation.state);
          return action.standing === undefined ? { plan: action.plan } : { plan: action.plan, standing: action.standing };
        },
        // What it remembers, and how far its dice have gone, follow from what it has seen.
        recall: (observation) => void policy.decide(observation.state),
      };
    },
  };
}
