/**
 * Golden digests: what rules `hft.4` make of fixed seeds. Traces and banks that were recorded under these rules play again only while they
 * hold. A change of rules changes their name (`Task.rules`) and these figures; whatever only makes the market faster changes neither.
 */
import { expect } from 'chai';
import { Digest } from '../../../envs/digest.js';
import { PRESETS } from '../../../envs/hft/options.js';
import { hft } from '../../../envs/hft/task.js';
import { keyOf, Stream } from '../../../envs/random.js';
import { anyPlan } from './play.js';

const DURATION_US = 20_000_000;

/** Digests of a match in which every kind of order lands: all that was told of it and seen in it, and the world at its end. */
function digestsOf(raw: object, seed: number): string {
  const options = hft.parseOptions({ durationUs: DURATION_US, ...raw });
  const world = hft.create(options, seed);
  const chance = new Stream(keyOf(seed, 77), 1);
  const told = new Digest();
  for (let at = 50_000; at < DURATION_US; at += chance.between(1, 400_000)) {
    const seat = chance.below(options.seats);
    world.advance(at);
    const state = world.observe(seat);
    const standing = chance.below(5) === 0 ? 'pull' : 'keep';
    const landing = world.act(seat, { plan: anyPlan(state, chance), standing }, at, chance.below(500_000));
    told.text(JSON.stringify([state, landing, world.scene()]));
  }
  world.advance(DURATION_US + 1);
  told.text(JSON.stringify(world.results()));
  return `${told.hex()} ${world.digest()}`;
}

const everyRule = {
  seats: 2,
  symbols: [{}, { market: { kind: 'synthetic', preset: 'large-tick', startTicks: 3000 }, lotSize: 2, tickMicros: 20_000 }],
  correlationPermille: 600,
  initialMarginPermille: 100,
  maintenanceMarginPermille: 50,
  cashMicros: 1_000_000_000,
  feeTiers: [{ fromMicros: 2_000_000_000, makerFeePpm: -5, takerFeePpm: 20 }],
  selfTrade: ['decrement', 'cancel-both'],
  priceBandTicks: 30,
};
const bars = Array.from({ length: 30 }, (_, i) => {
  const open = 5000 + ((i * 37) % 23);
  return [open, open + 6, open - 5, open + (i % 3) - 1];
});

const GOLDEN: Record<string, string> = {
  'small-tick': '9b30d5f44a80da39 2e7d6c564ac150bc',
  'large-tick': 'd37b584bd68457b3 670893e3f46dee64',
  calm: 'd544071acb1a9a92 9e8a09af62d970c7',
  stressed: '287ab535e770e9f6 6b80cc79d1a72afa',
  'news-shock': '15ea3b635eb5168c 918cb54e817278b9',
  'flash-crash': 'a8ef680e22fbebdb c5b645c017601daf',
  'news-wire': '34493d27c6f2b3ca b0f06a79fa94fef1',
  'every rule': '51f63889dfb16510 1087b2fbd52f5352',
  bars: '1ca6df46af227299 c3aa8db4d65731e8',
};

describe('hft: golden digests', () => {
  const cases = {
    ...Object.fromEntries(PRESETS.map((preset) => [preset, { market: { kind: 'synthetic', preset } }])),
    'every rule': everyRule,
    bars: { market: { kind: 'ohlc', symbol: 'TEST', bars } },
  };
  for (const [name, raw] of Object.entries(cases))
    it(name, () => {
      expect(digestsOf(raw, 5)).to.equal(GOLDEN[name]);
    });
});
