/** What watchers read of a decision: what was said, and of a team who said it, in which situation and on what advice. */
import type { Telemetry } from './trace.js';

/** One line for people. @param otherwise what stands there when the agent tells no answer of a model's */
export function saidText(telemetry: Telemetry | undefined, otherwise: string): string {
  const { answer, choice, advice } = telemetry ?? {};
  const asked = choice ? `[${choice.arm}: ${choice.situation}] ` : '';
  const advised = (advice ?? []).map(({ text, ageUs, unfinished }) => {
    const age = `${(ageUs / 1_000_000).toFixed(1)} s ago${unfinished ? ', unfinished' : ''}`;
    return ` [advised ${age}: ${text}]`;
  });
  return `${asked}${answer ?? otherwise}${advised.join('')}`;
}
