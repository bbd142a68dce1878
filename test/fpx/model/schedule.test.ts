/** Sequences that share key-value memory: nobody's tokens are ever overwritten, lost or taken for another's, and no block goes astray. */
import { expect } from 'chai';
import fc from 'fast-check';
import { BLOCK_TOKENS, BlockPool } from '../../../fpx/model/block-pool.js';
import { Schedule, type Sequence, type Slice } from '../../../fpx/model/schedule.js';

interface Made extends Sequence {
  /** Tokens of the whole: prompt and answer. */
  readonly length: number;
}

/**
 * Stands for a model's memory: in place of keys and values, each position of a block holds a number made of what they would depend on, the
 * sequence's tokens up to there.
 */
class Memory {
  private readonly places = new Map<number, number>();
  computed = 0;

  /** Computes a slice: everything before it must be there. */
  compute({ sequence, from, to, asks }: Slice<Made>): void {
    const { tokens, lease } = sequence;
    if (lease === undefined || (asks && to - from !== 1)) throw new Error('a slice without memory, or of two tokens with logits');
    let content = 1;
    for (let at = 0; at < to; at++) {
      const block = lease.table[Math.floor(at / BLOCK_TOKENS)];
      if (block === undefined) throw new Error(`position ${at} has no block`);
      const place = block * BLOCK_TOKENS + (at % BLOCK_TOKENS);
      content = Math.imul(content ^ (tokens[at]! + 1), 0x01000193) + at;
      if (at >= from) this.places.set(place, content);
      else if (this.places.get(place) !== content) throw new Error(`position ${at} of ${tokens.length} holds something else`);
    }
    this.computed += to - from;
  }
}

/** What the next token of an answer is: of what came before alone, as a model's greedy one is. */
const nextToken = (tokens: readonly number[]): number => ((tokens.length * 7 + tokens.at(-1)! + tokens[0]!) % 3) + 10;

const held = (schedule: Schedule<Made>): number => new Set(schedule.running.flatMap(({ lease }) => lease!.table)).size;

interface Happening {
  prompt: number;
  shared: number;
  answer: number;
  steps: number;
  /** Which sequence is taken out then, and whether it went wrong. */
  leaves: number;
  wrong: boolean;
}

const happenings = (most: number): fc.Arbitrary<Happening[]> =>
  fc.array(
    fc.record({
      prompt: fc.integer({ min: 1, max: 70 }),
      shared: fc.integer({ min: 0, max: 60 }),
      answer: fc.integer({ min: 1, max: 40 }),
      steps: fc.integer({ min: 0, max: 12 }),
      leaves: fc.integer({ min: 0, max: 12 }),
      wrong: fc.boolean(),
    }),
    { minLength: 1, maxLength: most },
  );

/** Prompts begin with some of the same tokens and go on with their own, or with few, so that some agree by chance. */
const promptOf = ({ prompt, shared }: Happening, i: number): number[] =>
  Array.from({ length: prompt }, (_, at) => (at < shared ? (at * 7) % 5 : (i % 4) + 5));

interface Played {
  schedule: Schedule<Made>;
  pool: BlockPool;
  memory: Memory;
  finished: Made[];
  all: Made[];
}

/** Plays requests, steps, cancellations and faults, then goes on until nothing is left; checks the books after every step. */
function play(list: readonly Happening[], { blocks, sequences, keeps }: { blocks: number; sequences: number; keeps: boolean }): Played {
  const pool = new BlockPool(blocks, keeps);
  const schedule = new Schedule<Made>(pool, { sequences, rows: 24 });
  const memory = new Memory();
  const played: Played = { schedule, pool, memory, finished: [], all: [] };
  const step = (): void => {
    const slices = schedule.step(8);
    const rows = slices.reduce((sum, { from, to }) => sum + to - from, 0);
    for (const slice of slices) memory.compute(slice);
    schedule.done(slices);
    const running = schedule.running.length;
    const sound = rows <= 24 && running <= sequences && (rows > 0 || running === 0) && pool.held === held(schedule);
    if (!sound || pool.held + pool.kept > blocks)
      throw new Error(`${rows} rows of ${running} sequences; ${pool.held} blocks held of ${held(schedule)}, ${pool.kept} kept`);
    for (const { sequence, asks } of slices) {
      if (!asks) continue;
      if (sequence.tokens.length < sequence.length) sequence.tokens.push(nextToken(sequence.tokens));
      else {
        schedule.remove(sequence);
        played.finished.push(sequence);
      }
    }
  };
  list.forEach((each, i) => {
    const tokens = promptOf(each, i);
    const sequence: Made = { tokens, computed: 0, lease: undefined, length: Math.min(tokens.length + each.answer, pool.tokens) };
    played.all.push(sequence);
    schedule.add(sequence);
    for (let n = 0; n < each.steps; n++) step();
    const leaving = played.all[each.leaves];
    if (leaving) schedule.remove(leaving, each.wrong);
  });
  for (let n = 0; schedule.running.length + schedule.waiting.length > 0; n++) {
    if (n > 20_000) throw new Error('it comes to no end');
    step();
  }
  return played;
}

describe('sequences that share memory', () => {
  const room = fc.record({
    blocks: fc.integer({ min: 5, max: 14 }),
    sequences: fc.integer({ min: 1, max: 6 }),
    keeps: fc.boolean(),
  });

  it('find what they computed, whatever the order of requests, cancellations, faults and evictions; no block is lost', () => {
    let [evictions, preemptions] = [0, 0];
    fc.assert(
      fc.property(happenings(14), room, (list, where) => {
        const { pool, schedule } = play(list, where);
        expect(pool.held).to.equal(0);
        if (!where.keeps) expect(pool.kept).to.equal(0);
        evictions += pool.evictions;
        preemptions += schedule.preemptions;
        // All of it is to be had: one sequence takes the whole memory.
        const whole = pool.open(Array.from({ length: pool.tokens }, () => 99))!;
        expect(new Set(whole.table).size).to.equal(where.blocks);
        pool.release(whole);
      }),
      { numRuns: 120, seed: 11 },
    );
    expect(evictions, 'the property saw evictions').to.be.greaterThan(50);
    expect(preemptions, 'and preemptions').to.be.greaterThan(20);
  });

  it('leave memory as it was after a thousand requests', () => {
    const [list] = fc.sample(fc.array(happenings(1), { minLength: 1000, maxLength: 1000 }), { numRuns: 1, seed: 3 });
    const { pool, finished, all } = play(
      list!.flat().map((each, i) => ({ ...each, leaves: i - each.leaves })),
      {
        ...{ blocks: 20, sequences: 4, keeps: true },
      },
    );
    expect(all).to.have.length(1000);
    expect(finished.length).to.be.within(300, 999);
    expect(pool.held).to.equal(0);
    const prompt = Array.from({ length: pool.tokens }, (_, i) => i);
    const whole = pool.open(prompt)!;
    expect(whole.cachedTokens).to.equal(0);
    expect(new Set(whole.table).size).to.equal(20);
    expect(pool.kept).to.equal(0);
  });

  it('are served in their order, the next one as soon as it fits', () => {
    const pool = new BlockPool(6);
    const begun: Made[] = [];
    const schedule = new Schedule<Made>(pool, { sequences: 3, rows: 24 }, (sequence) => begun.push(sequence));
    const make = (prompt: number, token: number): Made => ({
      ...{ tokens: Array.from({ length: prompt }, () => token), computed: 0, lease: undefined, length: prompt + 1 },
    });
    const [first, large, small] = [make(40, 1), make(60, 2), make(5, 3)];
    for (const each of [first, large, small]) schedule.add(each);
    schedule.step(24);
    expect(begun, 'the large one does not fit, and the small one came after it').to.deep.equal([first]);
    schedule.remove(first);
    schedule.step(24);
    expect(begun).to.deep.equal([first, large, small]);
    expect(() => schedule.add(make(97, 1))).to.throw(RangeError, '97 tokens; the key-value memory has room for 96');
    expect(() => schedule.add(make(0, 1))).to.throw(RangeError, 'at least one is needed');
  });

  it('compute once more what was given away', () => {
    const one = (prompt: number[], pool: BlockPool, memory: Memory): void => {
      const schedule = new Schedule<Made>(pool, { sequences: 2, rows: 80 });
      const sequence: Made = { tokens: [...prompt], computed: 0, lease: undefined, length: prompt.length };
      schedule.add(sequence);
      while (sequence.computed < prompt.length) {
        const slices = schedule.step(80);
        slices.forEach((slice) => memory.compute(slice));
        schedule.done(slices);
      }
      schedule.remove(sequence);
    };
    const [pool, memory] = [new BlockPool(5), new Memory()];
    const [a, b] = [1, 2].map((token) => Array.from({ length: 50 }, () => token)) as [number[], number[]];
    one(a, pool, memory);
    expect(memory.computed).to.equal(50);
    one(a, pool, memory);
    expect(memory.computed, 'three whole blocks are known').to.equal(50 + 2);
    one(b, pool, memory);
    expect(pool.evictions).to.equal(2);
    const before = memory.computed;
    one(a, pool, memory);
    expect(memory.computed - before, 'of three blocks the last two were given away').to.equal(50 - 16);
  });
});

describe('blocks', () => {
  it('are shared by those that begin alike, and kept once when two computed the same', () => {
    const pool = new BlockPool(10);
    const tokens = Array.from({ length: 40 }, (_, i) => i);
    const [a, b] = [pool.open(tokens)!, pool.open(tokens)!];
    expect(pool.held).to.equal(6);
    pool.settle(a, tokens, 40);
    pool.settle(b, tokens, 40);
    expect(b.table.slice(0, 2)).to.deep.equal(a.table.slice(0, 2));
    expect(pool.held).to.equal(4);
    const c = pool.open([...tokens.slice(0, 33), 1000])!;
    expect(c.cachedTokens).to.equal(32);
    expect(pool.held).to.equal(5);
    for (const lease of [a, b, c, c]) pool.release(lease);
    expect([pool.held, pool.kept]).to.deep.equal([0, 2]);
  });

  it('are not found after other tokens, nor where they leave nothing to compute', () => {
    const pool = new BlockPool(10);
    const tokens = Array.from({ length: 32 }, (_, i) => i % 16);
    const lease = pool.open(tokens)!;
    pool.settle(lease, tokens, 32);
    pool.release(lease);
    expect(pool.open([...Array.from({ length: 16 }, () => 5), ...tokens.slice(16), 1])!.cachedTokens).to.equal(0);
    expect(pool.open(tokens)!.cachedTokens).to.equal(16);
    expect(pool.open([...tokens, 1])!.cachedTokens).to.equal(32);
  });

  it('are forgotten when something went wrong, unless another sequence holds them', () => {
    const pool = new BlockPool(10);
    const tokens = Array.from({ length: 33 }, (_, i) => i);
    const [a, b] = [pool.open(tokens)!, pool.open(tokens.slice(0, 17))!];
    pool.settle(a, tokens, 33);
    pool.settle(b, tokens, 17);
    pool.discard(a);
    expect([pool.held, pool.kept]).to.deep.equal([2, 0]);
    expect(pool.open(tokens)!.cachedTokens).to.equal(16);
  });

  it('are a whole number of at least one', () => {
    for (const blocks of [0, -1, 1.5, NaN]) expect(() => new BlockPool(blocks)).to.throw(RangeError, 'a whole number from 1 on');
  });
});
