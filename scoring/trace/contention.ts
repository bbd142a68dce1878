/** Matches that were played beside others against one and the same endpoint: what the header of each says of that. */

/** Which of the agents at an endpoint played a match. Matches with other numbers of agents are never counted together. */
export interface PlannedContention {
  /** How many agents asked the endpoint at once, each in a match of its own; 1 is the same without anybody beside it. */
  agents: number;
  /** Which of them plays this match, from 0. */
  agent: number;
  /** Which of the groups of so many agents it is, from 0. A group plays as many seeds as it has agents, one each. */
  group: number;
  /** Requests that an embedded engine computed at once. Absent: what it does without being told, or the endpoint is no engine of ours. */
  sequences?: number;
  /** As whom the agent asked through a gateway, and the weight by which that is served. Absent: there was no gateway in between. */
  tenant?: { name: string; weight: number };
  /** A hash of the gateway's settings. */
  gateway?: string;
}

/** The same with what is known when the group begins. */
export interface Contention extends PlannedContention {
  /** Drawn for each time that a group is played, and the same in all of its matches: those with another one were played at another time. */
  run: string;
}

/** A header's contention as it was planned. */
export function plannedContention({ run: _run, ...planned }: Contention): PlannedContention {
  return planned;
}
