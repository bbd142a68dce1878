/** What worlds are made by, from the frame that asks for them. */
import { OptionsError, type AnyTask, type Micros } from '../../envs/environment.js';
import { SeatError, parseSeat } from '../seating/seats.js';
import { usualPlayer } from '../seating/seating.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { RolloutError } from './fault.js';
import type { CreateFrame } from './frames.js';
import type { RolloutSeat, RolloutSettings } from './world.js';

/** World time after which an answer is missed, unless the frame says otherwise: as in a match. */
const TIMEOUT_US: Micros = 5_000_000;

/** The settings that a frame asks for. @throws RolloutError */
export function settingsOf({ task: name, ...frame }: CreateFrame): RolloutSettings {
  if (!taskNames().includes(name)) throw new RolloutError('task', `"${name}"`, taskNames().join(', '));
  const task = taskNamed(name);
  const options = optionsOf(task, frame.options);
  const tickUs = task.tick(options).us;
  const seats = seatsOf(task, options, frame.seats, tickUs);
  const { latencyTicks, latencyUs, timeoutUs = TIMEOUT_US, observe = 'both', maxSteps, snapshots = false } = frame;
  return {
    task,
    options,
    seats,
    learners: seats.flatMap(({ kind }, seat) => (kind === 'learner' ? [seat] : [])),
    tickUs,
    latencyUs: latencyTicks === undefined ? (latencyUs ?? 0) : Math.round(latencyTicks * tickUs),
    timeoutUs,
    observe,
    ...(maxSteps === undefined ? {} : { maxSteps }),
    snapshots,
  };
}

function optionsOf(task: AnyTask, raw: unknown): unknown {
  try {
    return task.parseOptions(raw ?? {});
  } catch (error) {
    if (error instanceof OptionsError) throw new RolloutError('options', error.message, `the options of ${task.name}, as in a match`);
    throw error;
  }
}

function seatsOf(task: AnyTask, options: unknown, named: readonly string[] | undefined, tickUs: Micros): RolloutSeat[] {
  const count = task.seats(options);
  if (named !== undefined && named.length !== count)
    throw new RolloutError('seats', `${named.length} of them`, `${count}, as ${task.name} has with these options`);
  const seats = Array.from({ length: count }, (_, i) => (named ? seatOf(task, named[i]!, tickUs, `seats.${i}`) : usual(task, i)));
  if (!seats.some(({ kind }) => kind === 'learner'))
    throw new RolloutError('seats', 'bots alone', 'a learner in one seat at least; bots alone play by tickbench run');
  return seats;
}

function usual(task: AnyTask, seat: number): RolloutSeat {
  if (seat === 0) return { kind: 'learner' };
  const { bot, errorPermille, givenUs = 0 } = usualPlayer(task, seat);
  return { kind: 'bot', bot, errorPermille, givenUs };
}

function seatOf(task: AnyTask, text: string, tickUs: Micros, where: string): RolloutSeat {
  if (text === 'learner') return { kind: 'learner' };
  const accepted = `learner, or bot:NAME[:ERROR%]@DELAY, NAME being one of ${task.bots.map(({ name }) => name).join(', ')}`;
  try {
    const spec = parseSeat(text, tickUs);
    if (
      spec.kind === 'bot' &&
      spec.givenUs !== undefined &&
      spec.addedUs === 0 &&
      spec.latency === undefined &&
      task.bots.some(({ name }) => name === spec.bot)
    )
      return { kind: 'bot', bot: spec.bot, errorPermille: spec.errorPermille, givenUs: spec.givenUs };
  } catch (error) {
    if (!(error instanceof SeatError)) throw error;
  }
  throw new RolloutError(where, JSON.stringify(text.slice(0, 80)), accepted);
}
