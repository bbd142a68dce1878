/** Builds the background agents of a preset. */
import { RememberingStream, type Stream } from '../../random.js';
import type { BackgroundAgent } from './agent.js';
import { ForcedTrader } from './cascade.js';
import { HawkesTaker } from './hawkes.js';
import { InformedTrader } from './informed.js';
import { MarketMaker } from './market-maker.js';
import { MetaorderTrader } from './metaorder.js';
import { MomentumTrader } from './momentum.js';
import type { Wire } from '../news/wire.js';
import { NewsReader } from './news-reader.js';
import { PRESET_SETTINGS, type Preset } from './presets.js';
import { READERS } from './presets/news-wire.js';
import { ZeroIntelligence } from './zero-intelligence.js';

export { PRESETS, type Preset } from './presets.js';

/**
 * The agents of a preset, each with a stream and an account of its own.
 * @param key of the match's seed (`keyOf`); the agents take stream ids from `firstStream` and owner numbers from `firstOwner`, in order
 * @param wire the news they read, where there is any: readers join the crowd, and everyone who goes by the index adds what the crowd makes of the news
 */
export function crowd(preset: Preset, key: number, firstStream: number, firstOwner: number, wire?: Wire): BackgroundAgent[] {
  const { makers, noise, hawkes, informed, momentum, metaorders, cascades } = PRESET_SETTINGS[preset];
  const agents: BackgroundAgent[] = [];
  const add = <S>(
    settings: readonly S[],
    make: (stream: Stream, owner: number, one: S) => BackgroundAgent,
    Draws = RememberingStream,
  ): void => {
    for (const one of settings) agents.push(make(new Draws(key, firstStream + agents.length), firstOwner + agents.length, one));
  };
  add(makers, (stream, owner, one) => new MarketMaker(stream, owner, one, wire));
  add(noise, (stream, owner, one) => new ZeroIntelligence(stream, owner, one));
  add(hawkes, (stream, owner, one) => new HawkesTaker(stream, owner, one));
  add(informed, (stream, owner, one) => new InformedTrader(stream, owner, one, wire));
  add(momentum, (stream, owner, one) => new MomentumTrader(stream, owner, one));
  add(metaorders, (stream, owner, one) => new MetaorderTrader(stream, owner, one, wire));
  add(cascades ?? [], (stream, owner, one) => new ForcedTrader(stream, owner, one));
  if (wire !== undefined) add(READERS, (stream, owner, one) => new NewsReader(stream, owner, one, wire));
  return agents;
}
