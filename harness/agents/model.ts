/** The player of one configuration: each observation becomes a prompt, the endpoint's streamed answer an action. */
import { taskNamed } from '../match/tasks.js';
import type { AgentConfiguration } from '../configuration/agent.js';
import { ModelAsker, parserOf } from './asker.js';
import { answeringOf, askerSettings, Deciding, FailureLog } from './deciding.js';
import type { Player } from './link.js';
import { rehearseFor, warmUp } from './warming.js';

/** A player that asks a model. Failed calls are logged the 1st, 10th, 100th... time in a row. @throws EndpointError when the key's environment variable is not set */
export function modelPlayer(configuration: AgentConfiguration, log: (line: string) => void): Player {
  const settings = askerSettings(configuration);
  const asker = new ModelAsker(settings);
  const failures = new FailureLog(log);
  return {
    seat(welcome) {
      const task = taskNamed(welcome.task);
      asker.prompt(task); // read before the first observation, not during it
      parserOf(task, configuration.parser);
      const deciding = new Deciding(task, welcome, log);
      return {
        decide: async ({ text }, signal) => answeringOf(await deciding.ask(asker, text, signal, { failures })),
        ended: () => deciding.ended(),
      };
    },
    async warmUp(ask) {
      const made = await warmUp(asker, ask, log);
      await rehearseFor(ask, settings);
      return made;
    },
  };
}
