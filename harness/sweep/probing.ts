/** Every entrant's answers to a task's frozen states, the world stopped, one request at a time. What is answered is kept as it comes. */
import type { Probes } from '../../scoring/oracle/probes.js';
import { isPlay } from '../../scoring/trace/decisions.js';
import { isTeam } from '../configuration/team.js';
import { hashOf } from '../configuration/hash.js';
import { Patience } from '../endpoints/patience.js';
import { monotonicUs } from '../host/clock.js';
import { runBotProbes, runProbes, type ProbeAnswer, type ProbeRun } from '../oracle/probe.js';
import type { ModelAsker } from '../agents/asker.js';
import type { Processes } from '../seating/processes.js';
import { ProbeAnswers } from './answers.js';
import type { Entrant } from './cells.js';
import type { SweepStore } from './store.js';

/** Unscored calls before a bank is asked. */
const WARM_UP_CALLS = 8;
/** So many answers in a row that did not come in time are no slow model but an endpoint that hangs. */
const HUNG_CALLS = 5;

/** A bank that could not be asked: a failed call says nothing about the model, so no quality may come of it. */
export class ProbesFailed extends Error {
  override name = 'ProbesFailed';
}

/** What asking needs. */
export interface Probing {
  processes: Processes;
  store: SweepStore;
  say: (line: string) => void;
  signal?: AbortSignal;
  /** Waits for a server that asks for patience; tests pass their own. */
  wait?: (ms: number) => Promise<unknown>;
}

/** The file and key under which an entrant's answers are kept. */
export function answersOf(probes: Probes, entrant: Entrant, store: SweepStore): ProbeAnswers {
  const bank = probes.probes.map(({ entry }) => [entry.id, entry.digest]);
  const path = store.keptPath('probes', `${probes.task.name}-${entrant.id}`, 'jsonl');
  return new ProbeAnswers(path, hashOf([bank, entrant.identity], 16), probes.task);
}

/**
 * Asks an entrant all states that it has not answered yet, and values every answer.
 * @throws ProbesFailed when a call fails, or the sweep is stopped: the answers so far are kept; EndpointError, StoreError
 */
export async function probeEntrant(probes: Probes, entrant: Entrant, how: Probing): Promise<ProbeRun> {
  if (entrant.bot) {
    const { name, errorPermille } = entrant.bot; // which nobody has trained
    return runBotProbes(probes, { bot: name, seed: 1, errorPermille, ownValuesOnly: true });
  }
  const answers = answersOf(probes, entrant, how.store);
  let asker: ModelAsker | undefined;
  /** Answers that did not come in time, kept once another has come: a row of them is a server that hangs. */
  const late: [string, ProbeAnswer][] = [];
  const keepLate = (): void => {
    for (const [id, answer] of late.splice(0)) answers.add(id, answer);
  };
  const run = await runProbes(probes, async (state, _json, id) => {
    const earlier = answers.get(id);
    if (earlier) return earlier;
    if (how.signal?.aborted) throw new ProbesFailed(`${entrant.name}: stopped`);
    asker ??= await warmAsker(probes, entrant, how);
    const { timedOut, ...answer } = await ask(asker, probes, state, entrant, how);
    if (timedOut) late.push([id, answer]);
    if (late.length === HUNG_CALLS) throw new ProbesFailed(`${entrant.name}: ${HUNG_CALLS} calls in a row were not answered in time`);
    if (timedOut) return answer;
    keepLate();
    answers.add(id, answer);
    return answer;
  });
  keepLate();
  return run;
}

async function warmAsker(probes: Probes, entrant: Entrant, { processes }: Probing): Promise<ModelAsker> {
  const { configuration } = entrant;
  if (!configuration || isTeam(configuration)) throw new ProbesFailed(`${entrant.name}: only a single configuration is asked a bank`);
  const asker = await processes.asker(configuration);
  const text = probes.probes[0]!.text;
  if (entrant.kind === 'embedded') for (let i = 0; i < WARM_UP_CALLS; i++) await asker.ask(probes.task, text);
  return asker;
}

/** One state. A server that is busy or limits calls is waited for: the world stands still. @throws ProbesFailed */
async function ask(
  asker: ModelAsker,
  probes: Probes,
  state: string,
  entrant: Entrant,
  { say, signal, wait }: Probing,
): Promise<ProbeAnswer & { timedOut: boolean }> {
  const patience = new Patience({
    say: (line) => say(`${entrant.name}: ${line}; the world stands still`),
    signal,
    ...(wait ? { wait } : {}),
  });
  for (;;) {
    const startedUs = monotonicUs();
    const { action, rejected, failure, error } = await asker.ask(probes.task, state, signal);
    const answer = { action, rejected, latencyUs: Math.round(monotonicUs() - startedUs) };
    if (isPlay({ failure })) return { ...answer, timedOut: failure === 'timeout' };
    if (!(await patience.after(error)))
      throw new ProbesFailed(`${entrant.name}: ${rejected}${patience.gaveUp === '' ? '' : `; ${patience.gaveUp}`}`);
  }
}
