/** One learner's conversation with worlds of its own: a line of JSON asks, a line answers, in order. Worlds of others are out of its reach. */
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { deepLine } from '../protocol/depth.js';
import { RolloutError } from './fault.js';
import { readFrame, readRestore, readStep, ROLLOUT_LIMITS, type LearnerFrame } from './frames.js';
import { settingsOf } from './settings.js';
import { startBatches, type Batches } from './threads.js';

/** One part of what is asked, or why it is none. */
type Part<T> = { part: T } | { world: number | null; error: RolloutError };

export class Session {
  private readonly batches: Batches;
  private worlds = new Set<number>();
  private next = 0;

  /** @param threads on which its worlds are played; 0: on the caller's */
  constructor(threads: number) {
    this.batches = startBatches(threads);
  }

  /** Answers one line. Never throws on what it says; throws when a thread is gone. */
  async answer(line: string): Promise<string> {
    let id: unknown = null;
    try {
      if (deepLine(line, ROLLOUT_LIMITS.depth) > 0)
        throw new RolloutError('frame', `nested over ${ROLLOUT_LIMITS.depth} levels deep`, `at most ${ROLLOUT_LIMITS.depth}`);
      const raw = parsed(line);
      id = idOf(raw);
      return await this.carryOut(readFrame(raw));
    } catch (error) {
      if (error instanceof RolloutError) return JSON.stringify({ id, error });
      throw error;
    }
  }

  /** Ends its worlds. */
  async stop(): Promise<void> {
    await this.batches.stop();
  }

  private async carryOut(frame: LearnerFrame): Promise<string> {
    const id = JSON.stringify(frame.id);
    const told = (key: string, texts: readonly string[]): string => `{"id":${id},"${key}":[${texts.join(',')}]}`;
    switch (frame.do) {
      case 'create':
        return JSON.stringify({ id: frame.id, ...(await this.create(frame)) });
      case 'reset': {
        const worlds = this.named(frame.worlds);
        const { seed, seeds } = frame;
        if (seeds && seeds.length !== worlds.length)
          throw new RolloutError('seeds', `${seeds.length} of them`, `one for each of ${worlds.length} worlds`);
        const parts = worlds.map((each, i): Part<{ world: number; seed: number }> => {
          const own = seeds ? seeds[i]! : seed! + i;
          if (!Number.isSafeInteger(own))
            return {
              world: 'part' in each ? each.part.world : each.world,
              error: new RolloutError('seed', String(own), 'safe integers from 0'),
            };
          return 'part' in each ? { part: { ...each.part, seed: own } } : each;
        });
        return told('worlds', await this.each(parts, (good) => this.batches.ask({ do: 'reset', parts: good })));
      }
      case 'step': {
        const parts = this.read(frame.steps, 'steps', readStep);
        const { futures } = frame;
        return told(
          'worlds',
          await this.each(parts, (good) => this.batches.ask({ do: 'step', parts: good, ...(futures === undefined ? {} : { futures }) })),
        );
      }
      case 'snapshot':
        return told('snapshots', await this.each(this.named(frame.worlds), (good) => this.batches.ask({ do: 'snapshot', parts: good })));
      case 'restore':
        return told(
          'worlds',
          await this.each(this.read(frame.restores, 'restores', readRestore), (good) => this.batches.ask({ do: 'restore', parts: good })),
        );
      case 'forget': {
        const parts = this.named(frame.worlds).map((each) => {
          // Its answer has no places in which one world's error could stand.
          if ('error' in each) throw each.error;
          return each.part;
        });
        await this.batches.ask({ do: 'forget', parts });
        return `{"id":${id},"done":true}`;
      }
      case 'close':
        await this.batches.ask({ do: 'close' });
        this.worlds = new Set();
        return `{"id":${id},"done":true}`;
    }
  }

  private async create(frame: Extract<LearnerFrame, { do: 'create' }>): Promise<object> {
    const settings = settingsOf(frame);
    if (this.worlds.size + frame.worlds > ROLLOUT_LIMITS.worlds)
      throw new RolloutError(
        'worlds',
        `${frame.worlds} more beside ${this.worlds.size}`,
        `at most ${ROLLOUT_LIMITS.worlds} at a time; close ends them`,
      );
    const { task, options, learners, tickUs, latencyUs, timeoutUs } = settings;
    const first = this.next;
    const worlds = Array.from({ length: frame.worlds }, (_, i) => first + i);
    await this.batches.ask({ do: 'create', worlds, settings: { ...settings, task: task.name, options } });
    this.next += frame.worlds;
    for (const world of worlds) this.worlds.add(world);
    const { unit, scale } = task.reward;
    const { standingOrders, rules } = task;
    return {
      first,
      count: frame.worlds,
      task: task.name,
      rules,
      learners,
      tickUs,
      latencyUs,
      timeoutUs,
      standingOrders,
      planSchema: task.planSchema(),
      reward: { unit, scale },
    };
  }

  /** The worlds that a frame names, all where it names none. */
  private named(worlds: readonly number[] | undefined): Part<{ world: number }>[] {
    if (worlds === undefined) return [...this.worlds].map((world) => ({ part: { world } }));
    const seen = new Set<number>();
    return worlds.map((world, i) => this.known(world, `worlds.${i}`, seen) ?? { part: { world } });
  }

  /** The parts of a frame, each read for itself. */
  private read<T extends { world: number }>(
    raws: readonly unknown[],
    name: string,
    read: (raw: unknown, place: string) => T,
  ): Part<T & { place: string }>[] {
    const seen = new Set<number>();
    return raws.map((raw, i) => {
      const place = `${name}.${i}`;
      try {
        const part = read(raw, place);
        return this.known(part.world, `${place}.world`, seen) ?? { part: { ...part, place } };
      } catch (error) {
        if (!(error instanceof RolloutError)) throw error;
        const { world } = (raw ?? {}) as { world?: unknown };
        return { world: Number.isSafeInteger(world) && (world as number) >= 0 ? (world as number) : null, error };
      }
    });
  }

  /** What is wrong with a world's number: it is none of this learner's, or named for the second time. */
  private known(world: number, where: string, seen: Set<number>): { world: number; error: RolloutError } | undefined {
    if (!this.worlds.has(world)) {
      const [least, most] = [Math.min(...[...this.worlds].slice(0, 1)), this.next - 1];
      return {
        world,
        error: new RolloutError(where, `no world ${world}`, this.worlds.size === 0 ? 'none was made yet: create' : `${least} to ${most}`),
      };
    }
    if (seen.has(world))
      return { world, error: new RolloutError(where, `world ${world} for the second time`, 'each world once in a frame') };
    seen.add(world);
    return undefined;
  }

  /** Asks for the good parts, and puts what is wrong with the others in their places. */
  private async each<T>(parts: readonly Part<T>[], ask: (good: T[]) => Promise<string[]>): Promise<string[]> {
    const good = parts.flatMap((each) => ('part' in each ? [each.part] : []));
    const answers = good.length > 0 ? await ask(good) : [];
    let next = 0;
    return parts.map((each) => ('part' in each ? answers[next++]! : JSON.stringify(each)));
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new RolloutError('frame', `not JSON (${(error as Error).message.slice(0, 100)})`, 'one JSON object a line');
  }
}

/** What a frame calls itself, as far as that can be handed back. */
function idOf(raw: unknown): number | string | null {
  const { id } = (raw ?? {}) as { id?: unknown };
  return Number.isSafeInteger(id) ? (id as number) : typeof id === 'string' && id.length <= 100 ? id : null;
}

/** Serves a learner over a pair of streams until its input ends. @throws when a thread is gone */
export async function serveLearner(input: Readable, output: Writable, threads: number): Promise<void> {
  const session = new Session(threads);
  const write = async (text: string): Promise<void> => {
    if (output.write(`${text}\n`)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        output.off('drain', go).off('close', go);
        resolve();
      };
      output.on('drain', go).on('close', go);
    });
  };
  try {
    for await (const line of linesOf(input)) {
      if (line === null) {
        await write(
          JSON.stringify({
            id: null,
            error: new RolloutError('frame', `over ${ROLLOUT_LIMITS.lineCharacters} characters`, 'shorter lines; the connection ends'),
          }),
        );
        return;
      }
      if (line.trim() !== '') await write(await session.answer(line));
      if (output.destroyed) return;
    }
  } finally {
    await session.stop();
  }
}

/** The lines of a stream; null, and no more, for one that is too long. */
async function* linesOf(input: Readable): AsyncGenerator<string | null> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    const text = decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      yield parts.join('') + text.slice(start, end);
      parts = [];
      length = 0;
      start = end + 1;
    }
    parts.push(text.slice(start));
    length += text.length - start;
    if (length > ROLLOUT_LIMITS.lineCharacters) return yield null;
  }
  if (length > 0) yield parts.join('');
}
