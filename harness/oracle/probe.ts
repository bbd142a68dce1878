/**
 * Asking a probe bank: the world stands still, each state is put to a model once, and its answer is valued as the bank says.
 * What comes back is the frontier's quality axis.
 */
import type { Action, AnyTask, Json } from '../../envs/environment.js';
import { probeParts, qualityBySituation, type Probe, type Probes, type SituationQuality } from '../../scoring/oracle/probes.js';
import type { Stakes } from '../../scoring/figures/quality.js';
import type { RatioPart } from '../../scoring/statistics/ratios.js';
import type { ProbeResult } from '../../scoring/figures/summary.js';

/** An answer to one probe: an action, or none and why. `latencyUs` is real time on the asker's monotonic clock. */
export interface ProbeAnswer {
  action?: Action<Json>;
  rejected?: string;
  latencyUs: number;
}

/** One probe asked and valued. */
export interface AskedProbe extends Stakes {
  id: string;
  /** The canonical answer, or null when there was no action (valued as the standing order). */
  answer: string | null;
  rejected?: string;
  latencyUs: number;
  /** Its stakes by the task's own oracle, where the bank was valued by others. */
  trained?: Stakes;
}

/** A configuration's pass through a bank, JSON-able; `parts` and counts go into `summarise`. */
export interface ProbeRun extends ProbeResult {
  answers: AskedProbe[];
  /** The same quality by kinds of situation, where the task tells any apart. */
  situations: SituationQuality[];
  /** Sums by the task's own oracle, by which models may have been trained; absent where that valued the bank. */
  trainedParts?: RatioPart[];
}

/**
 * Puts every probe to `ask`, one after another, in the bank's order. An answer without an action counts as the standing order.
 * @param ask gets the state's text and JSON, and the probe's id. What it throws ends the run: an endpoint that is gone must not look like a bad model.
 */
export async function runProbes(
  probes: Probes,
  ask: (text: string, state: Json, id: string) => Promise<ProbeAnswer>,
  onProgress?: (done: number, total: number) => void,
): Promise<ProbeRun> {
  const answers: AskedProbe[] = [];
  for (const [index, probe] of probes.probes.entries()) {
    answers.push(valued(probes, index, probe, await ask(probe.text, probe.state, probe.entry.id)));
    onProgress?.(answers.length, probes.probes.length);
  }
  return finished(probes, answers);
}

/**
 * A bot's pass through a bank: a fresh player for each state, as a state says nothing of what came before.
 * @param settings `ownValuesOnly`: not by the oracle that models are trained by, too, which takes as long again for answers that the bank does not list
 */
export function runBotProbes(
  probes: Probes,
  settings: { bot: string; seed: number; errorPermille?: number; ownValuesOnly?: boolean },
): ProbeRun {
  const { task } = probes;
  const bot = task.bots.find((each) => each.name === settings.bot);
  if (!bot) throw new RangeError(`${task.name} has no bot "${settings.bot}"; it has ${namesOf(task)}`);
  const answers = probes.probes.map((probe, index) => {
    const policy = bot.create({ seed: settings.seed + index, errorPermille: settings.errorPermille });
    return valued(probes, index, probe, { action: policy.decide(probe.state) as Action<Json>, latencyUs: 0 }, settings.ownValuesOnly);
  });
  return finished(probes, answers);
}

function namesOf(task: AnyTask): string {
  return task.bots.map((each) => each.name).join(', ');
}

function valued(probes: Probes, index: number, probe: Probe, answer: ProbeAnswer, ownValuesOnly = false): AskedProbe {
  const stakes = probes.stakes(index, answer.action);
  const asked: AskedProbe = {
    id: probe.entry.id,
    ...stakes,
    answer: answer.action === undefined ? null : probes.task.write(answer.action),
    latencyUs: answer.latencyUs,
  };
  const trained = ownValuesOnly ? undefined : probes.trainedStakes(index, answer.action);
  if (trained) asked.trained = trained;
  if (answer.action === undefined) asked.rejected = answer.rejected ?? 'no action';
  return asked;
}

function finished(probes: Probes, answers: AskedProbe[]): ProbeRun {
  const rejected = answers.filter((answer) => answer.answer === null).length;
  const trained = answers.flatMap((answer) => answer.trained ?? []);
  return {
    parts: probeParts(probes.probes, answers),
    ...(trained.length > 0 && trained.length === answers.length ? { trainedParts: probeParts(probes.probes, trained) } : {}),
    asked: answers.length,
    rejected,
    answers,
    situations: qualityBySituation(probes, answers),
  };
}
