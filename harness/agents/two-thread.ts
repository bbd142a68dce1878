/** The player with two threads of thought: a fast configuration answers each observation at once, a slow one thinks on and advises it. */
import type { TwoThreadConfiguration } from '../configuration/agent.js';
import { taskNamed } from '../match/tasks.js';
import { ModelAsker, parserOf, RequestLine } from './asker.js';
import { answeringOf, askerSettings, Deciding, FailureLog } from './deciding.js';
import type { Player } from './link.js';
import { advised, Planner } from './planner.js';
import { rehearseFor, warmUpAll } from './warming.js';

/** A player whose first member answers and whose second plans. @throws EndpointError when a key's environment variable is not set */
export function twoThreadPlayer(configuration: TwoThreadConfiguration, log: (line: string) => void): Player {
  const [fast, slow] = configuration.members;
  const settings = askerSettings(fast.agent);
  const asker = new ModelAsker(settings);
  const asking = askerSettings(slow.agent);
  const line = new RequestLine();
  /** For its prompt and for warming up: what the planner says is read as text, not as an action. */
  const planning = new ModelAsker(asking, line);
  const failures = new FailureLog(log);
  let planner: Planner | undefined;
  return {
    seat(welcome) {
      planner?.stop();
      const task = taskNamed(welcome.task);
      asker.prompt(task); // read before the first observation, not during it
      parserOf(task, fast.agent.parser);
      const own = new Planner(planning.prompt(task), { asking, advising: configuration.advising, speed: welcome.speed, line });
      planner = own;
      const deciding = new Deciding(task, welcome, log);
      return {
        async decide({ at, text }, signal) {
          const advice = own.advice(at);
          const calls = own.calls();
          const asked = deciding.ask(asker, advised(text, advice), signal, { failures, state: text });
          setImmediate(() => own.consider({ at, text })); // the fast call goes out first
          return answeringOf(await asked, { ...(advice.length > 0 ? { advice } : {}), planner: calls });
        },
        ended() {
          own.stop();
          deciding.ended();
        },
      };
    },
    async warmUp(ask) {
      const made = await warmUpAll(
        [
          { role: fast.role, asker },
          { role: slow.role, asker: planning },
        ],
        ask,
        log,
      );
      await rehearseFor(ask, settings);
      return made;
    },
  };
}
