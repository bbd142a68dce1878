/** Brings about the outages of a match: an engine of ours is killed and started again, any other endpoint is cut off by a relay before it. */
import type { SeatOutage } from '../match/outages.js';
import type { AgentHandle } from '../agents/spawn.js';
import { hashOf } from '../configuration/hash.js';
import type { Configuration } from '../configuration/configuration.js';
import { isTeam, membersOf } from '../configuration/team.js';
import type { EndpointWatch } from './endpoint-watch.js';
import type { Processes } from './processes.js';
import type { Player } from './seats.js';

/** A player whose endpoint is taken away in the match. */
export type OutagePlayer = Extract<Player, { kind: 'model' }> & { outage: NonNullable<Player['outage']>; configuration: Configuration };

export function hasOutage(player: Player): player is OutagePlayer {
  return player.kind === 'model' && player.outage !== undefined && !isTeam(player.configuration);
}

/** Why the outages of these players cannot be brought about, in words; undefined when they can. */
export function outageFault(players: readonly Player[]): string | undefined {
  for (const [seat, player] of players.entries()) {
    const { outage } = player;
    if (!outage || player.kind !== 'model') continue;
    const { configuration } = player;
    const says = `${configuration.name}: an outage`;
    if (isTeam(configuration)) return `${says} of a team, which has several endpoints; accepted: of a single configuration`;
    const isOurs = configuration.endpoint.kind === 'embedded';
    if (isOurs && outage.forUs !== undefined)
      return `${says} for a stated time; accepted: outage=TIME, since an embedded engine is killed, and away for as long as starting it again takes`;
    if (!isOurs && outage.forUs === undefined)
      return `${says} of an endpoint that is not ours to kill; accepted: outage=TIME/TIME, when it is cut off and for how long`;
    const own = hashOf(configuration);
    const shared = players.findIndex(
      (other, i) =>
        i !== seat && other.kind === 'model' && membersOf(other.configuration).some((each) => hashOf(each.configuration) === own),
    );
    if (shared >= 0) return `${says}, and seat ${shared + 1} asks the same endpoint; accepted: another configuration there`;
  }
  return undefined;
}

/** What an outage needs of the match that it is in. */
interface Surroundings {
  processes: Processes;
  watch: EndpointWatch;
  /** World microseconds per real one. */
  speed: number;
  /** Binds an engine that was started again to the cores that the one before had. */
  place: (pid: number) => void;
}

/** How a player's outage is brought about. */
export function seatOutage(player: OutagePlayer, seat: number, agent: AgentHandle, surroundings: Surroundings): SeatOutage {
  const { configuration, outage } = player;
  const { processes, watch, speed, place } = surroundings;
  const { atUs, forUs } = outage;
  if (forUs === undefined)
    return {
      ...{ seat, atUs },
      async begin() {
        watch.excuse(seat);
        const endpoint = await processes.killed(configuration);
        const pids = endpoint.pid === undefined ? [] : [endpoint.pid];
        pids.forEach(place);
        agent.line.processes = { ...agent.line.processes, endpoints: pids };
        watch.expect(seat, endpoint);
        return pids;
      },
    };
  return {
    ...{ seat, atUs },
    async begin() {
      watch.excuse(seat);
      const relay = await processes.relay(configuration);
      await relay.cutFor(forUs / 1000 / speed);
      watch.expect(seat);
      return undefined;
    },
  };
}
