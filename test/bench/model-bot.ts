/** The reference models as players of the trial: greedy, their text read as a match reads it. */
import type { AnyTask, Bot, Json } from '../../envs/environment.js';
import { ModelPlayer } from '../../models/recipe/player.js';

/** A task that has a reference model among its bots. An answer without an action leaves the standing order. */
export async function withModel(task: AnyTask, model: string, precision: string): Promise<AnyTask> {
  const player = await ModelPlayer.load(task, model, precision);
  const bot: Bot<Json, Json> = {
    name: model,
    about: 'A reference model.',
    create: () => ({
      decide(state) {
        const parsed = task.parse(player.answer(task.text(state)).text, true);
        return (parsed.kind === 'action' ? parsed.action : { plan: [] }) as never;
      },
    }),
  };
  return { ...task, bots: [...task.bots, bot as never] };
}
