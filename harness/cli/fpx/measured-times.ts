/** The latency model of a server, fitted to what `--measured` names, and what is said of it. */
import { fitMeasured, MeasuredLatencyError, type FormatTimes, type MeasuredLatency } from '../../../fpx/sensitivity/measured-latency.js';
import type { Calibration } from '../../../fpx/sensitivity/calibration.js';
import { UsageError } from '../values.js';
import type { AssignFlags } from './assign-flags.js';
import { percent } from './map-text.js';
import { servedMaps, timedRequests } from './timed-requests.js';

/** A fitted latency model and where its rows came from. */
export interface MeasuredTimes {
  path: string;
  latency: MeasuredLatency;
}

/** Fits what was measured; undefined where nothing is named. @throws UsageError for flags without it, files that cannot be read and rows that do not do */
export async function measuredTimes(
  { measured, served = [], tokens }: Pick<AssignFlags, 'measured' | 'served' | 'tokens'>,
  { name, shape }: Calibration['model'],
): Promise<MeasuredTimes | undefined> {
  if (measured === undefined) {
    if (served.length > 0 || tokens)
      throw new UsageError(`--${tokens ? 'tokens' : 'served'} without --measured: it says how what that names is read`);
    return undefined;
  }
  const requests = await timedRequests(measured, { model: name, served: servedMaps(served) });
  try {
    return { path: measured, latency: fitMeasured(requests, shape, tokens) };
  } catch (error) {
    if (error instanceof MeasuredLatencyError) throw new UsageError(`--measured ${measured}: ${error.message}`);
    throw error;
  }
}

/** Where times came from, the formula, and how far it was off. */
export function measuredText({ path, latency }: MeasuredTimes): string {
  const { rows, maps, model, constantMs, formats, heldOut } = latency;
  const constant = constantMs === undefined ? [] : [`${figure(constantMs)}`];
  return (
    `${rows.toLocaleString('en-US')} requests in ${path} under ${maps} ${maps === 1 ? 'map' : 'maps'}: ms = ${[...constant, ...formats.map(termText)].join(' + ')}; ` +
    `off by ${percent(model.heldOutError!)} at the median, each ${heldOut} predicted from the others${beyondText(latency)}`
  );
}

/** Whether requests are predicted that are shorter or longer than all that were timed: nothing is known of the formula there. */
function beyondText({ model, promptTokens, answerTokens }: MeasuredLatency): string {
  const beyond = (value: number, [fewest, most]: readonly [number, number]): boolean => value < fewest || value > most;
  if (!beyond(model.promptTokens, promptTokens) && !beyond(model.answerTokens, answerTokens)) return '';
  return `; BEYOND what was timed (prompts of ${promptTokens.join(' to ')} tokens, answers of ${answerTokens.join(' to ')})`;
}

function termText({ format, msPerGigabyte, msPerGigaflop }: FormatTimes): string {
  const read = msPerGigabyte === undefined ? '' : `${figure(msPerGigabyte)} x GB read + `;
  return `${format} (${read}${figure(msPerGigaflop)} x GFLOP)`;
}

function figure(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
