/**
 * Whether a seat was played by the bot that its record names: looks on while a trace is played again, asks the bot anew at every observation,
 * and compares. An opponent may not be made weaker than it is called.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Action, AnyEnvironment, AnyTask, Json, Micros } from '../../envs/environment.js';
import type { Trace, TraceEvent } from '../../scoring/trace/trace.js';
import { agentSeed } from '../match/welcome.js';
import { taskNamed } from '../match/tasks.js';
import { replayTrace, type Replay, type ReplayWitness } from './replay.js';

/** Most differences told of a seat: whoever is another player differs all the time. */
const MOST_FAULTS = 1;

type Policy = ReturnType<AnyTask['bots'][number]['create']>;

/** One seat that a bot is said to play. */
interface BotSeat {
  name: string;
  policy: Policy;
  /** What the bot answers to the observation last shown. */
  asked?: { seq: number; action: Action<Json> };
  /** The last observation that it is held to: who was away may have begun anew, and what it would answer then is not known. */
  last: number;
  faults: number;
}

/** Looks on; afterwards `faults` says what bots did not do, a sentence each. */
class BotWitness implements ReplayWitness {
  readonly faults: string[] = [];
  private env!: AnyEnvironment;
  private readonly seats = new Map<number, BotSeat>();

  constructor(
    { header, events }: Trace,
    private readonly task: AnyTask = taskNamed(header.task),
  ) {
    header.seats.forEach(({ kind, name, configuration }, seat) => {
      if (kind !== 'bot') return;
      const { bot, errorPermille = 0 } = (configuration ?? {}) as { bot?: unknown; errorPermille?: unknown };
      const known = this.task.bots.find((each) => each.name === bot);
      if (known === undefined || typeof errorPermille !== 'number')
        return void this.faults.push(`seat ${seat}: ${name} is called a bot; its record names none that ${this.task.name} has`);
      const policy = known.create({ seed: agentSeed('bot', header.seed, seat), errorPermille });
      this.seats.set(seat, { name, policy, last: lastBeforeLeaving(events, seat), faults: 0 });
    });
  }

  begin(env: AnyEnvironment): void {
    this.env = env;
  }

  reach(to: Micros): void {
    this.env.advance(to);
  }

  passed(event: TraceEvent): void {
    if (event.kind !== 'observe') return;
    const seat = this.seats.get(event.seat);
    if (!seat) return;
    // As it comes over a socket.
    const state: unknown = JSON.parse(JSON.stringify(this.env.observe(event.seat)));
    seat.asked = { seq: event.seq, action: seat.policy.decide(state) as Action<Json> };
  }

  landing(event: Extract<TraceEvent, { kind: 'act' }>): void {
    const seat = this.seats.get(event.seat);
    if (seat?.asked?.seq !== event.seq || event.seq > seat.last || seat.faults >= MOST_FAULTS) return;
    const [recorded, expected] = [event.action, seat.asked.action].map(
      ({ plan, standing }) => JSON.parse(JSON.stringify({ plan, standing })) as Json,
    );
    if (isDeepStrictEqual(recorded, expected)) return;
    seat.faults++;
    this.faults.push(
      `seat ${event.seat}, seq ${event.seq}: ${seat.name} answers ${JSON.stringify(expected)} there; recorded is ${JSON.stringify(recorded)}`,
    );
  }

  landed(): void {}
}

/** The number of a seat's last observation before it first left; Infinity when it never did. */
function lastBeforeLeaving(events: readonly TraceEvent[], seat: number): number {
  let last = 0;
  for (const event of events) {
    if (event.seat !== seat) continue;
    if (event.kind === 'observe') last = event.seq;
    if (event.kind === 'leave') return last;
  }
  return Infinity;
}

/** Plays a trace again, its bots as well: `faults` holds also what they would not have answered. @throws as `replayTrace` does */
export function verifyTrace(trace: Trace, task: AnyTask = taskNamed(trace.header.task)): Replay {
  const bots = new BotWitness(trace, task);
  const replay = replayTrace(trace, task, bots);
  return { ...replay, faults: [...replay.faults, ...bots.faults] };
}
