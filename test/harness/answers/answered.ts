/**
 * The cells of the plan `answered` (see ../submission/tiny.ts), played by the smallest embedded model through the agent of the product, on the
 * virtual clock: one engine and one agent for all of them, which a sweep would warm up for seconds first.
 */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { connectAgent } from '../../../harness/agents/link.js';
import { modelPlayer } from '../../../harness/agents/model.js';
import type { Configuration } from '../../../harness/configuration/configuration.js';
import { isTeam } from '../../../harness/configuration/team.js';
import { startEndpoint } from '../../../harness/endpoints/start.js';
import { playMatch } from '../../../harness/match/match.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { learnt } from '../../../harness/seating/record.js';
import { measuredPart } from '../../../harness/submission/measuring.js';
import type { PublishedPlans } from '../../../harness/submission/terms.js';
import type { Cell } from '../../../harness/sweep/cells.js';
import { plannedOf } from '../../../harness/sweep/planned.js';
import { SweepStore } from '../../../harness/sweep/store.js';
import type { AnyEnvironment, AnyTask, Json } from '../../../envs/environment.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { calm, traceText } from '../submission/tiny.js';

/** Plays them into a results folder, where a sweep of the plan finds them finished. @returns the traces: measured ones by seed, then the patient one */
export async function answeredSweep(published: PublishedPlans, folder: string): Promise<Trace[]> {
  const part = measuredPart(published.plan('answered')!);
  const [configuration] = part.configurations;
  if (!configuration || isTeam(configuration)) throw new Error('the plan names one configuration');
  const [planned] = await plannedOf(part);
  const store = new SweepStore(folder);
  const cells = [...planned!.cells, ...planned!.patient];
  const traces = await answeredCells(configuration, cells);
  for (const [i, cell] of cells.entries()) writeFileSync(store.tracePath(cell), gzipSync(traceText(traces[i]!)));
  return traces;
}

/** Plays cells by one engine and one agent. */
export async function answeredCells(configuration: Configuration, cells: readonly Cell[]): Promise<Trace[]> {
  const server = await MatchServer.listen();
  const endpoint = await startEndpoint(configuration.endpoint);
  const { name, request, prompt, parser } = configuration;
  const target = { url: endpoint.url, model: endpoint.model, extra: {} };
  const line = server.admit('model', name);
  const player = modelPlayer({ name, target, request, prompt, parser, budget: {} }, () => undefined);
  const link = connectAgent({ server: server.url, token: 'model', name, player });
  try {
    await line.connected(30_000);
    const traces: Trace[] = [];
    for (const cell of cells) {
      const record = learnt(cell.planned.seats[0]!, { engine: endpoint.summary as unknown as Json });
      const { seats: _, contention: __, ...how } = cell.planned;
      traces.push(calm(await playMatch(server, { id: cell.id, ...how, seats: [{ token: 'model', record }] })));
    }
    return traces;
  } finally {
    link.close();
    await server.close();
    await endpoint.stop();
  }
}

/** A forger's care: the world of a trace that was changed is played again, and the trace says what comes of it: landings, results, digest. */
export function playedAgain(draft: Trace, task: AnyTask): Trace {
  for (;;) {
    let env!: AnyEnvironment;
    const replay = replayTrace(draft, task, {
      begin: (world) => (env = world),
      reach: (to) => env.advance(to),
      passed: () => undefined,
      landing: () => undefined,
      landed: () => undefined,
    });
    if (!replay.diverged) {
      Object.assign(draft.footer!, { results: env.results(), digest: replay.digest });
      return draft;
    }
    const [at, accepted, detail] = JSON.parse(replay.diverged.replayed) as [number, boolean, Json];
    const event = draft.events[replay.diverged.event]!;
    if (event.kind === 'act') event.landing = { at, accepted, ...(detail === null ? {} : { detail }) };
  }
}

/** A forged copy: one answer's action is another decision's, its words as they were, and the world played again. */
export function withOtherAction(trace: Trace, task: AnyTask): { draft: Trace; seq: number } {
  const draft = structuredClone(trace);
  const acts = draft.events.filter((event) => event.kind === 'act');
  const last = acts.at(-1)!;
  const other = acts.find(({ action }) => JSON.stringify(action) !== JSON.stringify(last.action))!;
  last.action = structuredClone(other.action);
  return { draft: playedAgain(draft, task), seq: last.seq };
}
