/** The columns of a sweep's table: which figure of `summary.json`, what it is called, and how it is written. The page and the report file share them. */

/** One column of figures. */
export interface FigureColumn {
  /** Its key among a row's figures in `summary.json`. */
  key: string;
  head: string;
  /** What it is, for who asks. */
  about: string;
  /** Into the unit shown. */
  factor?: number;
  digits: number;
}

/** Columns of latency, quality and reward. @param rewardUnit the unit of a match's reward */
export const playColumns = (rewardUnit: string): FigureColumn[] => [
  { key: 'latencyMeanMs', head: 'latency, ms', about: 'observation pushed to action landed, world time: mean over the actions', digits: 1 },
  { key: 'latencyP50Ms', head: 'p50, ms', about: 'the same, median', digits: 1 },
  { key: 'latencyP90Ms', head: 'p90, ms', about: 'the same, reached by nine in ten', digits: 1 },
  {
    key: 'patientPlay',
    head: 'patient play',
    about: 'what it would earn if the clock waited: 0 as a random player, 1 as the best known one',
    digits: 2,
  },
  { key: 'probeQuality', head: 'probes', about: 'probe quality: of the best that could be done on frozen states', digits: 2 },
  { key: 'reward', head: `reward, ${rewardUnit}`, about: 'mean reward of a match', digits: 3 },
  { key: 'score', head: 'score', about: "by the plan's own formula, match by match: the frontier's axis where there is one", digits: 3 },
];

/** Columns of what was lost of the play on the way. */
export const LOST_COLUMNS: readonly FigureColumn[] = [
  { key: 'invalid', head: 'invalid, %', about: 'answers that were no legal action, of all decisions', factor: 100, digits: 1 },
  { key: 'failed', head: 'failed, %', about: 'calls without an answer, of all decisions', factor: 100, digits: 1 },
  { key: 'missed', head: 'missed, %', about: 'no answer within the time limit, of all decisions', factor: 100, digits: 1 },
  { key: 'stale', head: 'stale, %', about: 'landed answers to a situation that had changed', factor: 100, digits: 1 },
  { key: 'idle', head: 'idle, %', about: 'frames free to act without a plan', factor: 100, digits: 1 },
];

/** Columns of what an injected outage cost. @param rewardUnit the unit of a match's reward */
export const RECOVERY_COLUMNS = (rewardUnit: string): readonly FigureColumn[] => [
  { key: 'recoveryMs', head: 'recovery, ms', about: 'from the injected outage to the first answered decision, world time', digits: 0 },
  {
    key: 'outageRealMs',
    head: 'away, real ms',
    about: 'until the endpoint could be called again after the injected outage, real time',
    digits: 0,
  },
  {
    key: 'decisionsLost',
    head: 'decisions lost',
    about: 'decisions of a match that the injected outage left without an answer',
    digits: 1,
  },
  {
    key: 'rewardLost',
    head: `reward lost, ${rewardUnit}`,
    about: 'by the injected outage: undisturbed less disturbed match on the same seed',
    digits: 3,
  },
];

/** How these columns are to be read. */
export const RECOVERY_ABOUT =
  'Injected: in matches of their own, in no other figure, the endpoint was taken away at the time that is named. Recovery: until the first answer to an ' +
  'observation pushed after that, in world time; at least so long where a match ended before. Away: until it could be called again. Decisions lost: how many ' +
  'depends on how quickly a call fails, since a new one follows. Reward lost: undisturbed less disturbed match on the same seed. Killed: an engine of this ' +
  'host, really, and started again. Cut off: a relay before the endpoint refused calls; what a server itself loses by dying is not in that.';

/** Columns of what the matches asked of the model's server, and what the host took meanwhile. */
export const WORKLOAD_COLUMNS: readonly FigureColumn[] = [
  { key: 'promptTokens', head: 'prompt, tokens', about: 'mean over calls that came back and whose tokens the server counted', digits: 0 },
  { key: 'promptReused', head: 'of it cached, %', about: 'prompt tokens that the server says it had', factor: 100, digits: 1 },
  { key: 'answerTokens', head: 'answer, tokens', about: 'mean over the same calls', digits: 1 },
  { key: 'firstTokenMs', head: 'first token, real ms', about: 'from the request, mean over calls', digits: 1 },
  {
    key: 'changedFirstTokenMs',
    head: 'after a change, real ms',
    about: 'the same where less than half of the prompt was cached: the context had changed',
    digits: 1,
  },
  { key: 'nothingAsked', head: 'idle, %', about: "share of the match's world time in which no decision was open", factor: 100, digits: 1 },
  { key: 'powerWatts', head: 'power, W', about: "the host's processors and their memory, all that ran there, idling too", digits: 1 },
  { key: 'matchJoules', head: 'energy, J a match', about: 'the same, over a whole match', digits: 1 },
  { key: 'decisionJoules', head: 'J a decision', about: 'the same, by the decisions of the measured seat', digits: 2 },
];

/**
 * What stands below a workload: what its energy is, or why there is none.
 * @param isTold whether a figure of energy is among those shown @param host as a summary describes it; older ones say nothing of energy
 */
export function energyText(isTold: boolean, host: Readonly<Record<string, unknown>>): string {
  if (isTold)
    return 'Energy is of the processors of the host that played, with whatever else ran there; a server on another host is not in it.';
  const { energy } = host;
  const why = energy === 'measured' ? 'these matches were played where no counter could be read' : energy;
  return `No power and no energy: ${typeof why === 'string' ? why : 'nothing was measured of them'}.`;
}

/** What the words of a row's place mean. */
export const PLACED =
  'frontier: each other configuration is slower or worse beyond doubt; tied: that cannot be told; beaten: another is better';

/** A row's place as the printed table says it, by its status in `summary.json`. */
export const PLACES: Partial<Record<string, string>> = {
  frontier: 'FRONTIER',
  tied: 'tied',
  dominated: 'beaten',
  anchor: 'bot',
  unmeasured: 'not measured',
};
