/**
 * Reads a checkpoint: the lines of a trace so far, and behind them, in the same chain of hashes, what else there is to know of the match. Nothing of
 * it is believed before the record has been played again by this program's rules and found to be what a match would have recorded.
 */
import { OptionsError, type AnyTask } from '../../envs/environment.js';
import { checkpointState } from '../match/checkpoint.js';
import { CheckpointError, type Checkpoint } from '../match/resumption.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { deepLine } from '../protocol/depth.js';
import { explain } from '../protocol/frames.js';
import { verifyTrace } from './bots.js';
import { lineHash } from './format.js';
import { salvageTrace, TraceError } from './parse.js';
import { readText } from './reader.js';
import { replayFault } from './replay.js';
import { z } from 'zod';

/** Deepest nesting of a line. No match writes nearly as much; thousands of levels would overflow the stack of whatever walks through it. */
const MOST_DEPTH = 64;

const checkpointLine = z.strictObject({ previous: z.string(), checkpoint: checkpointState });

/** A checkpoint that was read, checked against its own record, with its task. */
export interface CheckedCheckpoint extends Checkpoint {
  task: AnyTask;
}

/** Reads and checks a checkpoint file. @throws CheckpointError naming the file, and what is wrong with it */
export async function readCheckpoint(path: string): Promise<CheckedCheckpoint> {
  try {
    return parseCheckpoint(await readText(path), path);
  } catch (error) {
    if (error instanceof TraceError) throw new CheckpointError(error.message);
    throw error;
  }
}

/** Reads and checks a checkpoint from its text. @param name for messages @throws CheckpointError */
export function parseCheckpoint(text: string, name = 'checkpoint'): CheckedCheckpoint {
  const refuse = (why: string): never => {
    throw new CheckpointError(`${name}: ${why}`);
  };
  if (!text.endsWith('\n')) refuse('it was cut off: its last line has no end');
  const end = text.lastIndexOf('\n', text.length - 2);
  if (end < 0) refuse('no checkpoint: a trace so far and a line of its own are expected');
  const lines = text.slice(0, end);
  const before = lines.slice(lines.lastIndexOf('\n') + 1);
  const tooDeep = deepLine(text, MOST_DEPTH);
  if (tooDeep > 0) refuse(`line ${tooDeep} is nested over ${MOST_DEPTH} levels deep`);
  const state = lastLine(text.slice(end + 1, -1), lineHash(before), refuse);
  const { trace, fault, damage } = salvageTrace(`${lines}\n`, name, lineHash);
  if (damage) throw new CheckpointError(fault!);
  const { header, events, footer } = trace;
  if (footer) refuse('its match was over: it has a footer');
  if (!taskNames().includes(header.task)) refuse(`header.task: "${header.task.slice(0, 50)}"; accepted: ${taskNames().join(', ')}`);
  const task = taskNamed(header.task);
  if (header.rules !== task.rules)
    refuse(
      `it was played by rules ${header.rules} of ${task.name}; this program plays by ${task.rules}, under which it would be another match`,
    );
  try {
    const wrong = replayFault(verifyTrace({ header, events }, task));
    if (wrong !== null) refuse(wrong);
  } catch (error) {
    if (error instanceof TraceError || error instanceof OptionsError) refuse(error.message);
    throw error;
  }
  return { header, events, state, lines, task };
}

function lastLine(line: string, previous: string, refuse: (why: string) => never): Checkpoint['state'] {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch (error) {
    return refuse(`its last line is not JSON (${(error as Error).message})`);
  }
  const said = (raw as { checkpoint?: { version?: unknown } } | null)?.checkpoint;
  if (typeof said !== 'object' || said === null)
    return refuse('no checkpoint: its last line is another; a trace is played again by tickbench replay');
  if (said.version !== 'checkpoint.v1')
    return refuse(`checkpoint.version: ${JSON.stringify(said.version)?.slice(0, 50) ?? 'none'}; this program reads "checkpoint.v1"`);
  const parsed = checkpointLine.safeParse(raw);
  if (!parsed.success) return refuse(explain(parsed.error));
  if (parsed.data.previous !== previous) return refuse('its last line does not follow the one before it; the file was altered or damaged');
  return parsed.data.checkpoint;
}
