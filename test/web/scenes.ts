/** Frames for the scripted upstream: a market and a fight in which each number is known and told apart from every other. */
import type { FighterScene, FighterSceneState } from '../../envs/fighter/scene.js';
import type { HftScene, SymbolScene } from '../../envs/hft/scene.js';
import type { Json } from '../../envs/environment.js';
import type { Thinking, WatchFrame } from '../../harness/protocol/watching.js';
import type { SeatRecord } from '../../scoring/trace/trace.js';

const SEATS: SeatRecord[] = [
  { name: 'one', kind: 'bot', addedUs: 0 },
  {
    name: 'two',
    kind: 'model',
    addedUs: 200_000,
    configuration: { endpoint: { kind: 'embedded', model: 'tick-1m' }, engine: { bitsPerWeight: 8.125, activations: 'a16' } },
  },
];

export function matchFrame(task: 'hft' | 'fighter', change: Partial<WatchFrame & { type: 'match' }> = {}): WatchFrame {
  const seats = task === 'hft' ? SEATS.slice(0, 1) : SEATS;
  return { type: 'match', id: `${task}-1`, task, clock: 'wall', speed: 1, tickUs: task === 'hft' ? 10_000 : 16_667, seed: 7, seats, options: {}, ...change }; // prettier-ignore
}

export const idle: Thinking = { since: null, lastLatencyUs: null, lastOutcome: null, lastAnswer: null };

export function sceneFrame(task: 'hft' | 'fighter', at: number, scene: HftScene | FighterSceneState, thinking?: Thinking[], id = `${task}-1`): WatchFrame {
  const count = task === 'hft' ? 1 : 2;
  return { type: 'scene', id, at, scene: scene as unknown as Json, thinking: thinking ?? Array.from({ length: count }, () => idle) };
} // prettier-ignore

/** A fighter on the spot, doing nothing. */
export function fighter(change: Partial<FighterScene> = {}): FighterScene {
  return {
    character: 'ash',
    x: 300,
    y: 0,
    facing: 1,
    pose: { move: 'wait', phase: 'idle', frame: 0, startup: 0, active: 0, recovery: 0, guard: 'none', crouching: false, airborne: false },
    health: 1000,
    fullHealth: 1000,
    wins: 0,
    meter: 0,
    combo: 0,
    stun: 0,
    stop: 0,
    grabbed: 0,
    hurt: [{ x: 282, y: 0, w: 36, h: 88 }],
    hit: [],
    plan: '',
    planLeft: 0,
    standing: 'guard_low',
    stale: 0,
    ...change,
  };
}

export function fight(change: Partial<FighterSceneState> = {}): FighterSceneState {
  return {
    frame: 60,
    stage: 800,
    round: 1,
    rounds: 3,
    health: 1000,
    timer: 1740,
    pause: 0,
    over: false,
    winner: null,
    fighters: [fighter(), fighter({ x: 500, facing: -1, hurt: [{ x: 482, y: 0, w: 36, h: 88 }] })],
    projectiles: [],
    hits: [],
    ...change,
  };
}

/** A market of one symbol at `at`: ten levels a side whose sizes are 101... (asks) and 201... (bids), and one trade with each scene. */
export function market(at: number, change: Partial<SymbolScene> = {}): HftScene {
  const step = Math.floor(at / 100_000);
  const symbol: SymbolScene = {
    label: 'synthetic (normal)',
    symbol: 'SYN',
    tickMicros: 10_000,
    bidTicks: 9_999,
    askTicks: 10_001,
    mid2Ticks: 20_000,
    lastTicks: 10_001,
    indexTicks: 10_003,
    bids: Array.from({ length: 10 }, (_, i): [number, number] => [9_999 - i, 201 + i]),
    asks: Array.from({ length: 10 }, (_, i): [number, number] => [10_001 + i, 101 + i]),
    trades: [{ id: step, at, priceTicks: 10_001, size: 5, taker: 1, buyer: step % 10 === 0 ? 0 : -1, seller: -1 }],
    holdings: [{ position: -37, orders: [{ id: 1, number: 1, side: 'ask', priceTicks: 10_003, size: 12 }] }],
    ...change,
  };
  return {
    task: 'hft',
    at,
    leftUs: 60_000_000 - at,
    over: false,
    symbols: [symbol],
    seats: [{ cashMicros: 10_003_210_000, pnlMicros: -1_250_000, pnlPpm: -125, feesMicros: 420_000, standing: 'keep', liquidations: 0 }],
  };
}
