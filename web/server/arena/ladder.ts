/** One task's play in an arena: who has met whom, and who meets next. */
import type { Stream } from '../../../envs/random.js';
import { nextPairing, type PairingSettings } from '../../../scoring/ratings/pairing.js';
import type { Tally } from '../../../scoring/ratings/tally.js';
import type { RatedGame } from './store.js';

/** Somebody who waits. */
export interface Candidate {
  player: string;
  holder: string;
}

export class Ladder {
  private readonly numbers = new Map<string, number>();
  private readonly tallies: Tally[] = [];

  /** @param stream draws when to explore */
  constructor(private readonly stream: Stream) {}

  /** Takes note of a match that counts. */
  add({ first, second, points }: Pick<RatedGame, 'first' | 'second' | 'points'>): void {
    this.tallies.push({
      first: this.number(first),
      second: this.number(second),
      won: points === 1 ? 1 : 0,
      drawn: points === 0.5 ? 1 : 0,
      lost: points === 0 ? 1 : 0,
    });
  }

  /** Who of these meet next; undefined where no two may: one holder's agents never meet, since they could agree on who wins. */
  next(waiting: readonly Candidate[]): { first: Candidate; second: Candidate; by: string } | undefined {
    const byNumber = new Map(waiting.map((each) => [this.number(each.player), each]));
    const settings: PairingSettings = {
      free: [...byNumber.keys()],
      mayMeet: (a, b) => byNumber.get(a)!.holder !== byNumber.get(b)!.holder,
    };
    const pairing = nextPairing(this.numbers.size, this.tallies, settings, this.stream);
    return pairing && { first: byNumber.get(pairing.first)!, second: byNumber.get(pairing.second)!, by: pairing.by };
  }

  private number(player: string): number {
    const known = this.numbers.get(player);
    if (known !== undefined) return known;
    this.numbers.set(player, this.numbers.size);
    return this.numbers.size - 1;
  }
}
