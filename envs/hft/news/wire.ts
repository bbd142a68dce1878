/**
 * The wire of one symbol: when items are published, and how the crowd takes them. With an item the fundamental value moves at once, and nobody
 * knows. First the crowd goes by the words alone, some seconds later it has understood, then the public index follows. All of it
 * happens at steps of the market's clock and at memoryless times, so that another seed draws another future from the same present.
 */
import type { Digest } from '../../digest.js';
import type { Stream } from '../../random.js';
import { STEP_US } from '../history.js';
import { GRAMMARS } from './grammar.js';
import { type Item, makeItem } from './item.js';
import { classOf, effectTicks, type ItemClass, ROLES, type Split } from './meaning.js';
import type { Cast } from './names.js';
import { wordsSign } from './words.js';

/** How often items come, and how fast they are taken in. Part of the rules. */
export interface WireSettings {
  /** Chance of an item at a step, per 100,000, once the last one is `quietSteps` old. */
  per100k: number;
  quietSteps: number;
  /** The part of that chance, in permille, which goes with how busy the market is: news comes in clusters. */
  clusteredPermille: number;
  /** An item passes a stage at a step with this chance, per 1000: by the words from one stage on, understood and in the index from later ones. */
  stagePermille: number;
  wordsStage: number;
  meaningStage: number;
  indexStage: number;
  /** What words are believed to be worth, in ticks. */
  wordsTicks: number;
}

/** An item as it was published. The objects never change; what becomes of an item is a new one. */
export interface Published extends Item {
  at: number;
  effectTicks: number;
  class: ItemClass;
  /** What its words sound like. */
  words: 1 | 0 | -1;
  /** How far it has been taken in. */
  stage: number;
}

/** Items that a seat sees, newest first; older ones are kept only while the index does not know them. */
export const ITEMS_SHOWN = 3;

export class Wire {
  /** Newest first. */
  private items: readonly Published[] = [];
  /** What the items that the index does not know are worth, and what the crowd believes them to be worth, in ticks. */
  private unknown = 0;
  private believed = 0;

  /** @param times when items come and pass their stages @param texts what they say */
  constructor(
    private readonly settings: WireSettings,
    private readonly split: Split,
    readonly cast: Cast,
    private readonly times: Stream,
    private readonly texts: Stream,
  ) {}

  /** The last items, newest first. */
  get shown(): readonly Published[] {
    return this.items.slice(0, ITEMS_SHOWN);
  }

  /** Ticks that the value has moved by items which the index does not know yet. */
  get hiddenTicks(): number {
    return this.unknown;
  }

  /** Ticks that the crowd adds to the index for them. */
  get opinionTicks(): number {
    return this.believed;
  }

  /** Whether the index knows an item. */
  isKnown(item: Published): boolean {
    return item.stage >= this.settings.indexStage;
  }

  /** Whether part of the crowd goes by the words of an item, or has understood one that the index does not know yet. */
  isRead(by: 'words' | 'meaning'): boolean {
    const { wordsStage, meaningStage, indexStage } = this.settings;
    const [from, to] = by === 'words' ? [wordsStage, meaningStage] : [meaningStage, indexStage];
    return this.items.some(({ stage }) => stage >= from && stage < to);
  }

  /**
   * One step of the market's clock.
   * @param activityPermille how busy the market is, 1000 on average @returns ticks by which the value moves
   */
  step(at: number, activityPermille = 1000): number {
    const { settings, times } = this;
    this.pass();
    // Nothing is published while the background warms up, nor soon after the last item.
    const last = this.items[0];
    if (at < 0 || (last !== undefined && at - last.at < settings.quietSteps * STEP_US)) return 0;
    const { per100k, clusteredPermille } = settings;
    const chance = Math.floor((per100k * (1_000_000 - 1000 * clusteredPermille + clusteredPermille * activityPermille)) / 1_000_000);
    if (times.below(100_000) >= chance) return 0;
    const { text, meaning } = makeItem(this.texts, GRAMMARS[this.split], this.cast);
    const published = { text, meaning, at, effectTicks: effectTicks(meaning), class: classOf(meaning), words: wordsSign(text), stage: 0 };
    const keep = this.items.filter((old, i) => i < ITEMS_SHOWN - 1 || !this.isKnown(old));
    this.items = [published, ...keep];
    this.count();
    return published.effectTicks;
  }

  /** Each item that the index does not know may pass a stage. At most steps none does, and nothing is copied. */
  private pass(): void {
    const { items, settings, times } = this;
    let passed: Published[] | undefined;
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      if (this.isKnown(item) || times.below(1000) >= settings.stagePermille) continue;
      passed ??= items.slice();
      passed[i] = nextStage(item);
    }
    if (passed === undefined) return;
    this.items = passed.filter((item, i) => i < ITEMS_SHOWN || !this.isKnown(item));
    this.count();
  }

  private count(): void {
    const { wordsStage, meaningStage, wordsTicks } = this.settings;
    this.unknown = 0;
    this.believed = 0;
    for (const item of this.items) {
      if (this.isKnown(item)) continue;
      this.unknown += item.effectTicks;
      if (item.stage >= meaningStage) this.believed += item.effectTicks;
      else if (item.stage >= wordsStage) this.believed += item.words * wordsTicks;
    }
  }

  streams(): Stream[] {
    return [this.times, this.texts];
  }

  digest(into: Digest): void {
    for (const role of ROLES) into.text(this.cast[role]);
    for (const { at, text, effectTicks: ticks, stage } of this.items) into.int(at).text(text).int32(ticks).int32(stage);
    for (const { key, counter } of this.streams()) into.int(key).int32(counter);
  }

  snapshot(): readonly Published[] {
    return this.items;
  }

  restore(from: readonly Published[]): void {
    this.items = from;
    this.count();
  }
}

/** The item a stage on. Field by field: at most steps of an oracle's future some item passes a stage, and spreading costs several times as much. */
function nextStage({ text, meaning, at, effectTicks: ticks, class: kind, words, stage }: Published): Published {
  return { text, meaning, at, effectTicks: ticks, class: kind, words, stage: stage + 1 };
}
