/**
 * A world small enough to see through: two players on a line, pushed about every millisecond by their standing order and by chance.
 * An action is a number of steps; where it lands in time decides where the player ends. For tests of the harness only.
 */
import { z } from 'zod';
import { Digest } from '../../../envs/digest.js';
import { keyOf, Stream } from '../../../envs/random.js';
import {
  OptionsError,
  type Action,
  type Environment,
  type Json,
  type Landing,
  type Micros,
  type Parsed,
  type Task,
} from '../../../envs/environment.js';

const STEP_US = 1000;
const GRID_US = 10_000;

export interface ToyOptions {
  durationUs: number;
  seats: number;
  /** Makes observations this much larger. */
  fillerBytes: number;
}
export interface ToyState {
  me: number;
  at: Micros;
  filler?: string;
}
export type ToyPlan = { steps: number };

class ToyWorld implements Environment<ToyState, ToyPlan, Json> {
  now = 0;
  private readonly place: number[];
  private readonly drift: string[];
  private readonly stream: Stream;
  private acts = 0;

  constructor(
    private readonly options: ToyOptions,
    seed: number,
  ) {
    this.place = new Array<number>(options.seats).fill(0);
    this.drift = new Array<string>(options.seats).fill('stay');
    this.stream = new Stream(keyOf(seed, 1), 0);
  }
  get over(): boolean {
    return this.now >= this.options.durationUs;
  }
  advance(to: Micros): void {
    const end = Math.min(to, this.options.durationUs);
    let tick = Math.floor(this.now / STEP_US) + 1;
    for (; tick * STEP_US <= end; tick++) {
      for (let seat = 0; seat < this.place.length; seat++) {
        this.place[seat]! += this.stream.between(-1, 1) + (this.drift[seat] === 'forward' ? 1 : 0);
        // A walk that remembers when it was pushed: the same steps at another time end elsewhere.
        this.place[seat] = (this.place[seat]! * 3 + 1) % 100_003;
      }
    }
    this.now = Math.max(this.now, to);
  }
  act(seat: number, action: Action<ToyPlan>, at: Micros): Landing {
    this.advance(at);
    if (this.over) return { at: this.now, accepted: false, reason: 'the match is over' };
    this.acts++;
    if (action.standing !== undefined) this.drift[seat] = action.standing;
    this.place[seat]! += action.plan.steps;
    return { at: this.now, accepted: true, detail: { place: this.place[seat]! } };
  }
  leave(seat: number, at: Micros): void {
    this.advance(at);
    this.place[seat]! += 17;
  }
  observe(seat: number): ToyState {
    const { fillerBytes } = this.options;
    return { me: this.place[seat]!, at: this.now, ...(fillerBytes > 0 ? { filler: 'x'.repeat(fillerBytes) } : {}) };
  }
  scene(): Json {
    return { place: [...this.place], filler: 'x'.repeat(2000) };
  }
  results() {
    return {
      over: this.over,
      endedAt: Math.min(this.now, this.options.durationUs),
      reward: [...this.place],
      seats: this.place.map((place) => ({ place })),
    };
  }
  worth(seat: number): number {
    return this.place[seat]!;
  }
  digest(): string {
    const digest = new Digest().int(this.now).int(this.stream.counter).int(this.acts);
    for (const place of this.place) digest.int(place);
    for (const drift of this.drift) digest.text(drift);
    return digest.hex();
  }
  nextChange(): Micros {
    return this.over ? Infinity : (Math.floor(this.now / STEP_US) + 1) * STEP_US;
  }
  nextPublish(after: Micros): Micros {
    return (Math.floor(after / GRID_US) + 1) * GRID_US;
  }
  snapshot(): object {
    return { now: this.now, place: [...this.place], drift: [...this.drift], counter: this.stream.counter, acts: this.acts };
  }
  restore(): void {
    throw new Error('not needed here');
  }
  reseed(): void {
    throw new Error('not needed here');
  }
}

const options = z.strictObject({
  durationUs: z.int().min(1).default(1_000_000),
  seats: z.int().min(1).max(64).default(2),
  fillerBytes: z.int().min(0).default(0),
});
const action = z.strictObject({
  plan: z.strictObject({ steps: z.int().min(-100).max(100) }),
  standing: z.enum(['stay', 'forward']).optional(),
});

function checked<T extends z.ZodType>(schema: T, raw: unknown): z.infer<T> {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new OptionsError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  return parsed.data;
}

/** The toy as a task. Its name is not one of the real ones, so it can be registered beside them. */
export const toy: Task<ToyOptions, ToyState, ToyPlan, Json> = {
  name: 'toy' as 'hft',
  title: 'Toy',
  rules: 'toy-1',
  reward: { unit: 'places', scale: 1, about: 'where the player ends' },
  tick: () => ({ us: GRID_US, name: 'tick' }),
  parseOptions: (raw) => checked(options, raw ?? {}),
  seats: (parsed) => parsed.seats,
  lengthUs: (parsed) => parsed.durationUs,
  create: (parsed, seed) => new ToyWorld(parsed, seed),
  text: (state) => `at ${state.at} you are on ${state.me}`,
  actionsText: () => 'go N;',
  parse(answer, ended): Parsed<ToyPlan> {
    const match = /^go (-?\d{1,2});/.exec(answer);
    if (match) return { kind: 'action', action: { plan: { steps: Number(match[1]) } } };
    if (!ended && 'go -99;'.length > answer.length) return { kind: 'more' };
    return { kind: 'rejected', reason: `"${answer.slice(0, 20)}" is not "go N;"` };
  },
  write: (written) => `go ${written.plan.steps};`,
  parseAction: (raw) => checked(action, raw),
  planSchema: () => z.toJSONSchema(action.shape.plan) as Json,
  standingOrders: ['stay', 'forward'],
  bots: [
    {
      name: 'walker',
      about: 'Walks by where it stands.',
      create: () => ({ decide: (state) => ({ plan: { steps: (state.me % 7) - 3 }, standing: state.me % 2 === 0 ? 'forward' : 'stay' }) }),
    },
  ],
  oracle: {
    horizonUs: 100_000,
    futures: 2,
    candidates: () => [],
    continuation: { bot: 'walker', delayUs: 0 },
    opponents: [],
  },
};
