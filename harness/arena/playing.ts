/** Plays a pairing: its two agents are waited for, then play the same world twice, sides swapped. Whoever is not there loses the match, nobody else's. */
import { taskNamed } from '../match/tasks.js';
import type { AgentLine } from '../protocol/line.js';
import type { MatchServer } from '../protocol/server.js';
import type { Show } from '../protocol/watching.js';
import { seatOf, worldsIn, type GameNumber, type GameOutcome, type OfBoth, type PairingOrder } from './order.js';
import { byAbsence, byTrace } from './outcome.js';
import { playRanked } from './ranked-match.js';

/** Who is told how far it is. */
export interface PairingHooks {
  begins(game: GameNumber): void;
  ended(outcome: GameOutcome): void;
  /** Who shows the match of this name; absent: nobody. */
  show?(match: string): Show | undefined;
}

export class PairingPlayer {
  private readonly lines: OfBoth<AgentLine>;

  constructor(
    private readonly server: MatchServer,
    private readonly order: PairingOrder,
    private readonly hooks: PairingHooks,
  ) {
    const line = ({ token, name }: PairingOrder['agents'][0]): AgentLine => server.admit(token, name, order.terms.task);
    this.lines = [line(order.agents[0]), line(order.agents[1])];
  }

  /** Plays its matches one after the other, until one is void. */
  async play(): Promise<void> {
    for (const game of this.order.games) {
      const outcome = await this.game(game);
      this.hooks.ended(outcome);
      if (outcome.status === 'void') return;
    }
  }

  private async game(game: GameNumber): Promise<GameOutcome> {
    const absent = await this.awaited();
    const bare = { game, came: [this.lines[0].isConnected, this.lines[1].isConnected], rewards: null, figures: null, digest: null, trace: null } as const; // prettier-ignore
    if (absent) return { ...bare, ...absent };
    this.hooks.begins(game);
    try {
      return await this.match(game);
    } catch (error) {
      // Nobody sits yet who is not there any more.
      const gone = this.missing('was gone before the match began');
      return { ...bare, ...(gone ?? { status: 'void' as const, why: (error as Error).message, points: null }) };
    }
  }

  /** Waits for both. @returns the outcome when not both came */
  private async awaited() {
    const { waitMs } = this.order;
    await Promise.all(this.lines.map((line) => line.connected(waitMs).catch(() => undefined)));
    return this.missing(`did not come to the match within ${waitMs / 1000} s`);
  }

  private missing(what: string) {
    const [first, second] = this.lines.map((line, i) => (line.isConnected ? null : `${this.order.agents[i]!.name} ${what}`));
    return byAbsence([first!, second!]);
  }

  private async match(game: GameNumber): Promise<GameOutcome> {
    const { server, order, lines, hooks } = this;
    const id = worldsIn(order.id)[game];
    const bySeat = ([0, 1] as const).map((seat) => {
      const agent = seatOf(seat, game);
      return { ...order.agents[agent], line: lines[agent] };
    });
    const { trace, figures, path } = await playRanked(server, order, id, bySeat, hooks.show?.(id));
    const { results, digest } = trace.footer!;
    const ofBoth = <T>(seats: readonly T[]): OfBoth<T> => [seats[seatOf(0, game)]!, seats[seatOf(1, game)]!];
    return {
      game,
      came: [true, true],
      ...byTrace(taskNamed(order.terms.task), trace, game, [order.agents[0].name, order.agents[1].name]),
      rewards: ofBoth(results.reward),
      figures: ofBoth(figures),
      digest,
      trace: path,
    };
  }
}
