/** The player that has several configurations and chooses one for each decision. It asks one at a time; its latency is whatever it took. */
import { isPlay } from '../../scoring/trace/decisions.js';
import type { AdaptiveConfiguration } from '../configuration/agent.js';
import { taskNamed } from '../match/tasks.js';
import { ModelAsker, parserOf, RequestLine } from './asker.js';
import { Chooser } from './chooser.js';
import { answeringOf, askerSettings, Deciding, FailureLog } from './deciding.js';
import type { Player } from './link.js';
import { rehearseFor, warmUpAll } from './warming.js';

/** Most gains that go with one answer. */
const MOST_EARNED = 64;

/** A player that chooses among its members, anew in every match. @throws EndpointError when a key's environment variable is not set */
export function adaptivePlayer(configuration: AdaptiveConfiguration, log: (line: string) => void): Player {
  const line = new RequestLine();
  const arms = configuration.members.map(({ role, agent }) => {
    const settings = askerSettings(agent);
    const failures = new FailureLog((words) => log(`${role}: ${words}`));
    return { role, parser: agent.parser, settings, failures, asker: new ModelAsker(settings, line) };
  });
  return {
    seat(welcome) {
      const task = taskNamed(welcome.task);
      for (const { asker, parser } of arms) {
        asker.prompt(task); // read before the first observation, not during it
        parserOf(task, parser);
      }
      const chooser = new Chooser(configuration, task, welcome.seed);
      const deciding = new Deciding(task, welcome, log);
      return {
        async decide(observation, signal) {
          const { choice, earned } = chooser.choose(observation);
          const { asker, failures } = arms.find(({ role }) => role === choice.arm)!;
          const answer = await deciding.ask(asker, observation.text, signal, { failures });
          if (!isPlay(answer)) chooser.failed(observation.seq);
          return answeringOf(answer, { choice, ...(earned.length > 0 ? { earned: earned.slice(-MOST_EARNED) } : {}) });
        },
        ended: () => deciding.ended(),
      };
    },
    async warmUp(ask) {
      const made = await warmUpAll(arms, ask, log);
      await rehearseFor(ask, arms[0]!.settings);
      return made;
    },
  };
}
