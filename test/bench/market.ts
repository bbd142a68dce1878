/**
 * The market without a clock: every background agent, accounts, fees, a seat that acts, and a trace written as it goes. Book messages a second,
 * the first stretch (before the compiler has seen it) apart from later ones; and a trading day of six and a half hours. The peer is
 * nodejs-order-book 10.1.1 given the very messages this market made: it matches only, with no agents, accounts or trace.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OrderBook, Side as PeerSide } from 'nodejs-order-book';
import { BUY, IOC, type Kind, LIMIT, POST_ONLY, SELL, type Side } from '../../envs/hft/exchange/book.js';
import { Market } from '../../envs/hft/market.js';
import { type HftOptions, parseOptions, PRESETS } from '../../envs/hft/options.js';
import { hft } from '../../envs/hft/task.js';
import { describeHost } from '../../harness/host/description.js';
import { Recorder, type TraceFile, TraceWriter } from '../../harness/traces/recorder.js';
import type { TraceHeader } from '../../scoring/trace/trace.js';
import type { BenchRow } from './main.js';

const SECOND_US = 1_000_000;
/** Market time of a stretch, and how many warm ones; the best counts, ours and the peer's by turns. */
const STRETCH_S = 7_200;
const ROUNDS = 3;
/** The first stretch, before anything was compiled: short, or most of it would be warm. */
const COLD_S = 120;
const DAY_S = 23_400;
const PER_DAY = 1_000_000;
/** The seat's bot decides this often and lands this much later. */
const EVERY_US = 300_000;
const REACTION_US = 100_000;
const SEED = 1;
/** The peer's enumeration is not exported, its values are these strings. */
const PEER_IOC = 'IOC' as Parameters<OrderBook['limit']>[0]['timeInForce'];

function headerOf(options: HftOptions, id: string): TraceHeader {
  return {
    tickbench: 'trace.v1',
    id,
    task: 'hft',
    rules: hft.rules,
    options: JSON.parse(JSON.stringify(options)),
    seed: SEED,
    clock: 'virtual',
    speed: 1,
    tickUs: options.gridUs,
    timeoutUs: 10 * SECOND_US,
    seats: [{ name: 'maker', kind: 'bot', addedUs: 0, givenUs: REACTION_US }],
    host: JSON.parse(JSON.stringify(describeHost())),
    startedAt: new Date().toISOString(),
  };
}

/** One match, headless, its trace written by the writing process to a file that is thrown away. */
class Headless {
  readonly market: Market;
  private readonly bot = hft.bots.find((bot) => bot.name === 'maker')!.create({ seed: SEED });
  private readonly recorder: Recorder;
  private readonly file: TraceFile;
  private seq = 0;

  constructor(preset: string, seconds: number, writer: TraceWriter, folder: string) {
    const options = parseOptions({ durationUs: seconds * SECOND_US, market: { kind: 'synthetic', preset } });
    this.market = new Market(options, SEED);
    const header = headerOf(options, `bench-${seconds}`);
    this.file = writer.begin(join(folder, `${seconds}.jsonl`), header);
    this.recorder = new Recorder(this.file);
  }

  /** Plays to the end. @returns seconds it took, the trace's last byte on disk included, and the book's messages meanwhile */
  async play(): Promise<{ took: number; messages: number }> {
    const { market, recorder, bot } = this;
    const first = market.exchange.messages;
    const before = process.hrtime.bigint();
    for (let at = 0; at + REACTION_US < market.options.durationUs; at += EVERY_US) {
      market.advance(at);
      recorder.record({ kind: 'observe', seat: 0, seq: ++this.seq, at, lateUs: 0 });
      const action = bot.decide(market.observe(0));
      const landing = market.act(0, action, at + REACTION_US, REACTION_US);
      recorder.record({
        kind: 'act',
        seat: 0,
        seq: this.seq,
        at: landing.at,
        latencyUs: REACTION_US,
        realUs: 0,
        action: JSON.parse(JSON.stringify(action)),
        landing,
      });
    }
    market.advance(market.options.durationUs);
    recorder.passOn();
    await this.file.finish({
      results: market.results(),
      digest: market.digest(),
      verdict: { counts: false, reasons: ['a benchmark'] },
      lateness: { ticks: 0, p50Us: 0, p99Us: 0, maxUs: 0, over: 0 },
      endedAt: new Date().toISOString(),
    });
    if (this.file.fault !== null) throw new Error(`the trace was not written: ${this.file.fault}`);
    return { took: Number(process.hrtime.bigint() - before) / 1e9, messages: market.exchange.messages - first };
  }
}

/** What a market did to its book, as the peer takes it: ids are names, 0 resting. */
interface Messages {
  orders: { name: string; side: Side; price: number; size: number; kind: Kind }[];
  /** In order: the index of an order to send, or -1 - the index of one to cancel. */
  steps: number[];
  /** Orders there at the beginning: the first so many of `orders`. */
  resting: number;
  /** Levels at the end, best first: asks, then bids. */
  left: [number, number][][];
}

/** The same market with no seat acting, overheard. */
function overhear(preset: string, seconds: number): Messages {
  const market = new Market(parseOptions({ durationUs: seconds * SECOND_US, market: { kind: 'synthetic', preset } }), SEED);
  const heard: Messages = { orders: [], steps: [], resting: 0, left: [] };
  const places = new Map<number, number>();
  for (const side of [BUY, SELL] as const)
    for (const { id, price, size } of market.exchange.book.orders(side)) {
      places.set(id, heard.orders.length);
      heard.orders.push({ name: `order-${heard.orders.length}`, side, price, size, kind: LIMIT });
    }
  heard.resting = heard.orders.length;
  market.exchange.witness = {
    filled: () => undefined,
    sent: (_owner, side, price, size, kind, rests) => {
      if (rests > 0) places.set(rests, heard.orders.length);
      heard.steps.push(heard.orders.length);
      heard.orders.push({ name: `order-${heard.orders.length}`, side, price, size, kind });
    },
    cancelled: (id, rested) => {
      if (rested) heard.steps.push(-1 - places.get(id)!);
    },
  };
  market.advance(seconds * SECOND_US);
  heard.left = ([SELL, BUY] as const).map((side) => market.exchange.book.depth(side, Infinity));
  return heard;
}

/** Gives the peer what was heard. @returns seconds it took; its book has to end as ours did */
function replay({ orders, steps, resting, left }: Messages): number {
  const book = new OrderBook();
  const send = ({ name, side, price, size, kind }: Messages['orders'][number]): void => {
    book.limit({
      id: name,
      side: side === BUY ? PeerSide.BUY : PeerSide.SELL,
      price,
      size,
      ...(kind === IOC ? { timeInForce: PEER_IOC } : kind === POST_ONLY ? { postOnly: true } : {}),
    });
  };
  for (const order of orders.slice(0, resting)) send(order);
  const before = process.hrtime.bigint();
  for (const step of steps) {
    if (step >= 0) send(orders[step]!);
    else book.cancel(orders[-1 - step]!.name);
  }
  const took = Number(process.hrtime.bigint() - before) / 1e9;
  if (JSON.stringify(book.depth()) !== JSON.stringify(left)) throw new Error("the books differ at the end: ours and the peer's");
  return took;
}

export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-bench-'));
  const writer = new TraceWriter();
  const preset = PRESETS[0];
  try {
    const play = (seconds: number): Promise<{ took: number; messages: number }> => new Headless(preset, seconds, writer, folder).play();
    // The writing process takes its time to start; a match finds it running.
    await writer.begin(join(folder, 'first.jsonl'), headerOf(parseOptions({}), 'first')).abandon();
    const cold = await play(COLD_S);
    let warm = await play(STRETCH_S);
    const heard = overhear(preset, STRETCH_S);
    let peer = replay(heard);
    for (let round = 1; round < ROUNDS; round++) {
      const again = await play(STRETCH_S);
      if (again.took < warm.took) warm = again;
      peer = Math.min(peer, replay(heard));
    }
    const day = await play(DAY_S);
    const peerRate = heard.steps.length / peer;
    const rate = (run: { took: number; messages: number }): number => Math.round(run.messages / run.took);
    const perMillion = (day.took * PER_DAY) / day.messages;
    return [
      row(
        'cold: the first two minutes of market',
        'messages/s',
        rate(cold),
        peerRate,
        `${cold.messages} messages, nothing compiled before`,
      ),
      row(
        `warm: ${STRETCH_S / 60} minutes of market, best of ${ROUNDS}`,
        'messages/s',
        rate(warm),
        peerRate,
        `${warm.messages} messages; ${preset}`,
      ),
      { case: 'a day of 6.5 hours', unit: 's', ours: round(day.took), note: `${day.messages} messages` },
      {
        case: 'the same for a million messages',
        unit: 's',
        ours: round(perMillion),
        peer: round(PER_DAY / peerRate),
        ratio: round(perMillion / (PER_DAY / peerRate)),
        note: 'time scaled by messages; the peer matches them only',
      },
    ];
  } finally {
    writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function row(name: string, unit: string, ours: number, peer: number, note: string): BenchRow {
  return { case: name, unit, ours, peer: Math.round(peer), ratio: round(ours / peer), note };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
