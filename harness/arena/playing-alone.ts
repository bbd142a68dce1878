/** Plays one agent's half of a pairing in which each plays alone: it is waited for, then for the word that the other one came, too. */
import type { AgentLine } from '../protocol/line.js';
import type { MatchServer } from '../protocol/server.js';
import { worldsIn, type AloneOutcome, type PairingOrder } from './order.js';
import { sideOf } from './outcome.js';
import type { PairingHooks } from './playing.js';
import { playRanked } from './ranked-match.js';

export class AlonePlayer {
  private readonly line: AgentLine;
  private readonly agent: PairingOrder['agents'][0];
  private readonly id: string;

  /** @param alone which of the order's agents it is @param show who shows the match of this name; absent: nobody */
  constructor(
    private readonly server: MatchServer,
    private readonly order: PairingOrder,
    alone: 0 | 1,
    private readonly show?: PairingHooks['show'],
  ) {
    this.agent = order.agents[alone];
    this.id = worldsIn(order.id)[alone];
    this.line = server.admit(this.agent.token, this.agent.name, order.terms.task);
  }

  /** Plays it. @param came told that its agent is here @param go resolves when the other one's is, too */
  async play(came: () => void, go: Promise<void>): Promise<AloneOutcome> {
    const { line, order, agent } = this;
    await line.connected(order.waitMs).catch(() => undefined);
    const bare = { came: true, absent: null, flooded: false, spoilt: null, reward: null, figures: null, trace: null } as const;
    if (!line.isConnected)
      return { ...bare, came: false, absent: `${agent.name} did not come to the match within ${order.waitMs / 1000} s` };
    came();
    await go;
    try {
      return await this.match();
    } catch (error) {
      if (!line.isConnected) return { ...bare, absent: `${agent.name} was gone before the match began` };
      return { ...bare, spoilt: (error as Error).message };
    }
  }

  private async match(): Promise<AloneOutcome> {
    const { server, order, agent, line, id } = this;
    const { trace, figures, path } = await playRanked(server, order, id, [{ ...agent, line }], this.show?.(id));
    const { results, verdict } = trace.footer!;
    return {
      came: true,
      ...sideOf(trace, 0, agent.name),
      spoilt: verdict.counts ? null : verdict.reasons.join(' '),
      reward: results.reward[0]!,
      figures: figures[0]!,
      trace: path,
    };
  }
}
