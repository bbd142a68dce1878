/**
 * The course a match must take, whatever its agents do: who is asked at which publishing moment, when an answer may land, when it is
 * missed. Fed with a trace's events and with the moments of its world played again, it says what no match server would have recorded:
 * a latency that is not landing less observation, an answer after its deadline, a decision that was left out.
 */
import type { Micros } from '../../envs/environment.js';
import type { TraceEvent, TraceHeader } from '../../scoring/trace/trace.js';
import { latencyDraws, type DrawnLatency } from '../match/latency.js';

/** Most faults that are told; a trace made up from nothing has thousands. */
const MOST_FAULTS = 20;

interface CourseSeat {
  connected: boolean;
  /** What of the outage that its record plans has come. */
  outage: 'planned' | 'down' | 'up' | null;
  /** The last observation's number. */
  seq: number;
  open: { seq: number; at: Micros } | null;
  /** The observation that was given up when the match was moved: it must be missed. */
  givenUp: number | null;
  /** It has missed an answer or been away: the clock did not wait for it to the end. */
  unreliable: boolean;
  /** It is asked again strictly after this. */
  readyAfter: Micros;
  drawn: (seq: number) => DrawnLatency;
}

type Settled = Extract<TraceEvent, { kind: 'act' | 'reject' | 'miss' }>;

export class Course {
  /** What is wrong, a sentence each, in the order in which it was found. */
  readonly faults: string[] = [];
  private readonly seats: CourseSeat[];
  /** Seats that must be asked at the moment just published, in order. */
  private due: number[] = [];
  private publishedAt: Micros = 0;
  private lastAt: Micros = 0;

  constructor(private readonly header: TraceHeader) {
    this.seats = header.seats.map((seat, index) => ({
      connected: true,
      outage: seat.outage ? 'planned' : null,
      seq: 0,
      open: null,
      givenUp: null,
      unreliable: false,
      readyAfter: 0,
      drawn: latencyDraws(seat.latency, header.seed, index),
    }));
  }

  /** The world has come to a publishing moment; everything that settles at it is over. */
  published(at: Micros): void {
    this.allAsked();
    this.publishedAt = at;
    this.seats.forEach((seat, index) => {
      const isAsked = seat.connected || this.header.asksAbsent === true;
      if (isAsked && !seat.open && at > seat.readyAfter) this.due.push(index);
    });
  }

  /** @param index the event's place among the trace's events. False when nothing after it can be played again */
  event(event: TraceEvent, index: number): boolean {
    const where = `event ${index} (${event.kind} at ${event.at} us)`;
    if (event.at < this.lastAt) this.fault(`${where}: the one before it is later, at ${this.lastAt} us`);
    this.lastAt = Math.max(this.lastAt, event.at);
    if (event.kind === 'ticks' || event.kind === 'energy') return true;
    if (event.kind === 'moved') {
      this.moved(event, where);
      return true;
    }
    const seat = this.seats[event.seat];
    if (!seat) {
      this.fault(`${where}: seat ${event.seat}; the match has seats 0 to ${this.seats.length - 1}`);
      return false;
    }
    if (event.kind === 'outage') this.outage(event, seat, where);
    else if (event.kind === 'observe') this.observed(event, seat, where);
    else {
      if (event.kind !== 'error' && event.kind !== 'trips') this.allAsked();
      if (event.kind === 'act' || event.kind === 'reject' || event.kind === 'miss') this.settled(event, seat, where);
      else if (event.kind === 'leave') {
        seat.connected = false;
        seat.unreliable = true;
      } else if (event.kind === 'return') {
        seat.connected = true;
        seat.readyAfter = Math.max(seat.readyAfter, event.at);
      }
    }
    return true;
  }

  /** The record ends here; who was to be asked at its last moment must have been. */
  end(): void {
    this.allAsked();
  }

  /**
   * The world has been brought to its end: whose answer was to land by its given latency, while the clock waited, must have answered.
   * @param givenUp seats whose open decision the clock had given up, as the footer says
   */
  ended(givenUp: readonly number[] = []): void {
    const { clock, seats, timeoutUs } = this.header;
    for (const index of givenUp) {
      const open = this.seats[index]?.open;
      if (clock !== 'virtual' || !open || open.at + timeoutUs < this.publishedAt)
        this.fault(`the footer says that seat ${index} was given up at the end: none of its decisions could have been`);
    }
    if (clock !== 'virtual') return;
    this.seats.forEach(({ open, unreliable, drawn }, index) => {
      const { givenUs, addedUs, replayed } = seats[index]!;
      if (!open || unreliable || replayed || givenUs === undefined || givenUp.includes(index)) return;
      const { feedUs, entryUs } = drawn(open.seq);
      const took = Math.max(1, feedUs + entryUs + addedUs + givenUs);
      if (open.at + Math.min(took, timeoutUs) < this.publishedAt)
        this.fault(`seat ${index}: seq ${open.seq} was never settled; by its given latency it was to land at ${open.at + took} us`);
    });
  }

  /** The match went on from a checkpoint: only a measured decision that was open while the wall clock stood still may be given up. */
  private moved({ missed }: Extract<TraceEvent, { kind: 'moved' }>, where: string): void {
    this.allAsked();
    for (const index of missed) {
      const seat = this.seats[index];
      const record = this.header.seats[index];
      if (!seat?.open || this.header.clock !== 'wall' || record?.givenUs !== undefined)
        this.fault(`${where}: seat ${index} had no decision open whose latency a standing clock could change`);
      else {
        seat.givenUp = seat.open.seq;
        seat.unreliable = true;
      }
    }
  }

  /** An outage comes as the seat's record plans it, once: what failed because of it does not void the match. */
  private outage({ seat: index, at, state }: Extract<TraceEvent, { kind: 'outage' }>, seat: CourseSeat, where: string): void {
    const { outage } = this.header.seats[index]!;
    const before = state === 'down' ? 'planned' : 'down';
    if (!outage || seat.outage !== before) this.fault(`${where}: ${state}; the outage of seat ${index} is ${seat.outage ?? 'not planned'}`);
    else if (at < outage.atUs) this.fault(`${where}: the outage is planned for ${outage.atUs} us`);
    seat.outage = state;
  }

  private observed(event: Extract<TraceEvent, { kind: 'observe' }>, seat: CourseSeat, where: string): void {
    if (event.at !== this.publishedAt) this.fault(`${where}: no publishing moment; the last was ${this.publishedAt} us`);
    else if (this.due.shift() !== event.seat) this.fault(`${where}: seat ${event.seat} could not be asked then`);
    if (event.seq !== seat.seq + 1) this.fault(`${where}: seq ${event.seq}; ${seat.seq + 1} is expected`);
    seat.seq = event.seq;
    seat.open = { seq: event.seq, at: event.at };
  }

  private settled(event: Settled, seat: CourseSeat, where: string): void {
    const { open } = seat;
    if (!open || open.seq !== event.seq) {
      this.fault(`${where}: settles seq ${event.seq}; ${open ? `${open.seq} is open` : 'none is open'}`);
      seat.open = null;
      return;
    }
    seat.open = null;
    const drawn = seat.drawn(event.seq);
    seat.readyAfter = event.at + drawn.responseUs;
    const took = event.at - open.at;
    if (took !== event.latencyUs) this.fault(`${where}: latency ${event.latencyUs} us; it landed ${took} us after its observation`);
    const { timeoutUs } = this.header;
    if (event.kind === 'miss') {
      seat.unreliable = true;
      if (took !== timeoutUs) this.fault(`${where}: missed after ${took} us; the limit is ${timeoutUs} us`);
      return;
    }
    if (seat.givenUp === event.seq) this.fault(`${where}: seq ${event.seq} was given up when the match was moved, and has an answer`);
    if (took > timeoutUs) this.fault(`${where}: landed after ${took} us; the limit is ${timeoutUs} us`);
    if (event.kind === 'act' && event.landing.at !== event.at) this.fault(`${where}: its landing says ${event.landing.at} us`);
    const wrong = this.latencyFault(event, took, drawn);
    if (wrong !== null) this.fault(`${where}: ${wrong}`);
  }

  /** Holds a latency against what the header says of the seat: given, added and drawn delays, and the real time it took. */
  private latencyFault(event: Exclude<Settled, { kind: 'miss' }>, took: Micros, { feedUs, entryUs }: DrawnLatency): string | null {
    const { clock, speed, seats } = this.header;
    const { addedUs, givenUs, replayed } = seats[event.seat]!;
    if (replayed) return null;
    const injectedUs = feedUs + entryUs + addedUs;
    // A match server rounds the real time it writes to whole microseconds, and the world time it makes of it.
    const slackUs = givenUs === undefined ? speed + 2 : 0;
    const leastUs = Math.max(1, injectedUs + (givenUs ?? event.realUs * speed)) - slackUs;
    const said = `${givenUs === undefined ? `${event.realUs} us of real time` : `a given latency of ${givenUs} us`} at this seat make ${Math.max(1, Math.round(leastUs + slackUs))} us`;
    if (took < leastUs) return `latency ${took} us; ${said}`;
    // On the wall clock whoever answers later than by a given latency lands later; nobody else, and on the virtual clock nobody, may.
    if ((clock === 'virtual' || givenUs === undefined) && took > leastUs + 2 * slackUs + 1) return `latency ${took} us; ${said}`;
    return null;
  }

  private allAsked(): void {
    for (const seat of this.due)
      this.fault(`seat ${seat} was not asked at the publishing moment ${this.publishedAt} us, where it had to be`);
    this.due = [];
  }

  private fault(text: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push(text);
    else if (this.faults.length === MOST_FAULTS) this.faults.push('and more');
  }
}
