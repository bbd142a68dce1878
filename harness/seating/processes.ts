/**
 * The processes that matches are played with: endpoints, model agents and bots. Each is started when it is first needed and kept for the
 * matches that follow. An engine or server of ours that has died is started again, a few times at most, and that is said.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelAsker } from '../agents/asker.js';
import { processOf, spawnAgent, type AgentHandle } from '../agents/spawn.js';
import type { AgentConfiguration, TeamConfiguration } from '../configuration/agent.js';
import type { Configuration } from '../configuration/configuration.js';
import { isTeam, membersOf, teamAgent, type Member, type Setup } from '../configuration/team.js';
import { hashOf } from '../configuration/hash.js';
import { CallBudget, type BudgetLimits, type BudgetSpent } from '../endpoints/budget.js';
import { EndpointError } from '../endpoints/errors.js';
import { CuttableEndpoint } from '../endpoints/cuttable.js';
import { startEndpoint, type EmbeddedServing, type RunningEndpoint, type StartOptions } from '../endpoints/start.js';
import { tallyFile, type SharedBudget } from '../endpoints/tally.js';
import { AgentError } from '../protocol/line.js';
import { giveWay } from './cores.js';
import type { MatchServer } from '../protocol/server.js';

/** How often a server of ours that dies is started again. */
const MOST_RESTARTS = 3;

/** An endpoint that runs, with whom of a setup it answers for. */
export interface SetupEndpoint extends Member {
  endpoint: RunningEndpoint;
}

/** The way to an endpoint through a gateway, as one of its tenants. */
export interface Route {
  /** The gateway's address, `/v1` included. */
  url: string;
  tenant?: string;
}

/** Which of several agents of one configuration that play at once, each in a match of its own, and by which way it asks. */
export interface OwnAgent {
  lane?: number;
  route?: Route;
  /** Through which it asks its one endpoint, so that this can be cut off. */
  relay?: CuttableEndpoint;
}

interface Kept {
  endpoint: RunningEndpoint;
  restarts: number;
}

export class Processes {
  /** By the hash of a configuration, name included: two of one name are two. */
  private readonly endpoints = new Map<string, Promise<Kept>>();
  /** What asking outside of matches has used of each configuration's budget: its agent gets the rest. */
  private readonly askers = new Map<string, { endpoint: RunningEndpoint; asker: ModelAsker; budget: CallBudget }>();
  /** Relays before endpoints that are cut off in a match, by the hash of their configuration. */
  private readonly relays = new Map<string, Promise<CuttableEndpoint>>();
  private readonly agents = new Map<string, Promise<AgentHandle>>();
  private readonly folder = mkdtempSync(join(tmpdir(), 'tickbench-'));

  /**
   * @param budget bounds the calls of each configuration whose endpoint is not our own engine
   * @param how `signal`: ends the wait for a server that asks to be called later; `serving`: how engines of ours serve several
   */
  constructor(
    private readonly server: MatchServer,
    private readonly say: (line: string) => void,
    private readonly budget: SharedBudget,
    private readonly how: { signal?: AbortSignal; serving?: Pick<EmbeddedServing, 'sequences'> } = {},
  ) {}

  /** A configuration's endpoint: started or looked at by the first call, started again when it has died. @throws EndpointError */
  async endpoint(configuration: Configuration): Promise<RunningEndpoint> {
    const key = hashOf(configuration);
    let kept = this.endpoints.get(key);
    const before = await kept?.catch(() => undefined);
    if (!kept || !before || before.endpoint.ended() !== undefined) {
      kept = this.start(configuration, before);
      this.endpoints.set(key, kept);
    }
    return (await kept).endpoint;
  }

  /** The endpoints of all who play as one, one after another, each as `endpoint` does. @throws EndpointError */
  async endpointsOf(setup: Setup): Promise<SetupEndpoint[]> {
    const endpoints: SetupEndpoint[] = [];
    for (const member of membersOf(setup)) endpoints.push({ ...member, endpoint: await this.endpoint(member.configuration) });
    return endpoints;
  }

  /**
   * Kills a configuration's engine and starts it again on the port it had, as an outage that was asked for: it counts as none of the deaths after which
   * a server is given up. @returns once it answers @throws EndpointError when it does not
   */
  async killed(configuration: Configuration): Promise<RunningEndpoint> {
    const key = hashOf(configuration);
    const { endpoint, restarts } = await this.endpoints.get(key)!;
    if (!endpoint.kill) throw new EndpointError(`${configuration.name}: its server is not ours to kill`);
    endpoint.kill();
    const kept = endpoint.exited.then(async () => ({ endpoint: await this.restarted(configuration, endpoint), restarts }));
    this.endpoints.set(key, kept);
    return (await kept).endpoint;
  }

  /** The relay before a configuration's endpoint. @throws EndpointError */
  async relay(configuration: Configuration): Promise<CuttableEndpoint> {
    const key = hashOf(configuration);
    const relay = this.relays.get(key) ?? CuttableEndpoint.start((await this.endpoint(configuration)).url);
    this.relays.set(key, relay);
    return await relay;
  }

  /** Whether a server of ours that the setup plays with has died. */
  async hasDied(setup: Setup): Promise<boolean> {
    for (const { configuration } of membersOf(setup)) {
      const kept = await this.endpoints.get(hashOf(configuration))?.catch(() => undefined);
      if (kept?.endpoint.ended() !== undefined) return true;
    }
    return false;
  }

  /** Asks a configuration outside of any match: for probe banks. Before its agent starts, which gets the rest of the budget. @throws EndpointError */
  async asker(configuration: Configuration): Promise<ModelAsker> {
    const key = hashOf(configuration);
    const endpoint = await this.endpoint(configuration);
    const before = this.askers.get(key);
    if (before?.endpoint === endpoint) return before.asker;
    const { request, prompt, parser } = configuration;
    const budget = before?.budget ?? new CallBudget(this.limitsOf(configuration), spentOn(endpoint));
    const asker = new ModelAsker({ target: endpoint, request, prompt, parser, budget });
    this.askers.set(key, { endpoint, asker, budget });
    return asker;
  }

  /**
   * The agent of a configuration or a team.
   * @param copy which of several that play one match @param own what sets it apart from those of other matches @throws EndpointError, AgentError
   */
  async model(
    setup: Setup,
    copy: number,
    { lane = 0, route, relay }: OwnAgent = {},
  ): Promise<{ endpoints: SetupEndpoint[]; agent: AgentHandle }> {
    const endpoints = await this.endpointsOf(setup);
    const key = `model ${hashOf(setup)} ${copy} ${lane} ${route ? hashOf(route) : ''}${relay ? ' relayed' : ''}`;
    const isPaid = endpoints.some(({ endpoint }) => endpoint.kind !== 'embedded');
    const { maxCalls, maxCost, tallies } = this.budget;
    const bounded = isPaid && (maxCost ?? (tallies === undefined ? maxCalls : undefined)) !== undefined;
    const agent = await this.agent(key, () => {
      if (bounded && this.agents.has(key))
        throw new AgentError(`the agent of ${setup.name} died, and with it the account of what it had spent of its budget`);
      if (bounded && relay)
        throw new AgentError(`${setup.name}: a bound of its calls is not kept where its endpoint is cut off; accepted: one of the two`);
      const config = join(this.folder, `${hashOf(key)}.json`);
      writeFileSync(config, JSON.stringify(this.setupConfiguration(setup, relayed(endpoints, relay), route)), { mode: 0o600 });
      return spawnAgent(this.server, { kind: 'model', config, name: setup.name });
    });
    // A planner is waited for by nobody: what it loses to a busy host is the age of its advice, which is recorded.
    const awaited = isTeam(setup) && setup.team === 'two-thread' ? endpoints.slice(0, 1) : endpoints;
    const pids = awaited.flatMap(({ endpoint }) => processOf(endpoint) ?? []);
    for (const { endpoint } of endpoints.slice(awaited.length))
      if (endpoint.kind === 'embedded' && endpoint.pid !== undefined) giveWay(endpoint.pid);
    agent.line.processes = { ...agent.line.processes, ...(pids.length > 0 ? { endpoints: pids } : { endpoints: undefined }) }; // one that was started again is another
    return { endpoints, agent };
  }

  /** A bot's agent. @param copy which of several that play one match @param lane which of several matches at once @throws AgentError */
  bot(bot: string, errorPermille: number, copy: number, lane = 0): Promise<AgentHandle> {
    return this.agent(`bot ${bot} ${errorPermille} ${copy} ${lane}`, () => spawnAgent(this.server, { kind: 'bot', bot, errorPermille }));
  }

  /** What the agents wrote for people. */
  async said(): Promise<string[]> {
    return (await started(this.agents.values())).flatMap((agent) => agent.said);
  }

  async stop(): Promise<void> {
    const [agents, endpoints] = [await started(this.agents.values()), await started(this.endpoints.values())];
    this.agents.clear();
    this.endpoints.clear();
    this.askers.clear();
    await Promise.all(agents.map((agent) => agent.stop()));
    await Promise.all(endpoints.map(({ endpoint }) => endpoint.stop()));
    await Promise.all((await started(this.relays.values())).map((relay) => relay.stop()));
    this.relays.clear();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async start(configuration: Configuration, before: Kept | undefined): Promise<Kept> {
    if (!before) return { endpoint: await startEndpoint(configuration.endpoint, this.startingOf(configuration)), restarts: 0 };
    const ending = before.endpoint.ended()!;
    if (before.restarts === MOST_RESTARTS)
      throw new EndpointError(`${configuration.name}: its server ${ending}, after it was started again ${MOST_RESTARTS} times`);
    this.say(`${configuration.name}: its server ${ending}; it is started again`);
    return { endpoint: await this.restarted(configuration, before.endpoint), restarts: before.restarts + 1 };
  }

  /** A server that has ended, again, on the port it had: its agents go on calling that. */
  private async restarted(configuration: Configuration, ended: RunningEndpoint): Promise<RunningEndpoint> {
    await ended.stop();
    return await startEndpoint(configuration.endpoint, { ...this.startingOf(configuration), port: Number(new URL(ended.url).port) });
  }

  private startingOf(configuration: Configuration): StartOptions {
    const limits = this.limitsOf(configuration);
    return {
      ...this.how.serving,
      request: configuration.request,
      signal: this.how.signal,
      say: (line) => this.say(`${configuration.name}: ${line}`),
      ...(limits.tally === undefined ? {} : { budget: new CallBudget(limits) }),
    };
  }

  private async agent(key: string, start: () => Promise<AgentHandle>): Promise<AgentHandle> {
    const before = await this.agents.get(key)?.catch(() => undefined);
    if (before && before.process.exitCode === null && before.process.signalCode === null) return before;
    await before?.stop();
    const agent = start();
    this.agents.set(key, agent);
    return await agent;
  }

  private setupConfiguration(setup: Setup, endpoints: readonly SetupEndpoint[], route?: Route): AgentConfiguration | TeamConfiguration {
    const configurations = endpoints.map(({ role, configuration, endpoint }) => ({
      role,
      agent: this.agentConfiguration(configuration, endpoint, route),
    }));
    return isTeam(setup) ? teamAgent(setup, configurations) : configurations[0]!.agent;
  }

  /** The bound of a configuration's calls: none where an engine of ours is asked. */
  private limitsOf({ endpoint }: Configuration): BudgetLimits {
    if (endpoint.kind === 'embedded') return {};
    const { tallies: _, ...limits } = this.budget;
    const tally = tallyFile(this.budget, endpoint);
    return { ...limits, ...(tally === undefined ? {} : { tally }) };
  }

  private agentConfiguration(configuration: Configuration, endpoint: RunningEndpoint, route?: Route): AgentConfiguration {
    const { name, request, prompt, parser } = configuration;
    const { model, extra, keyHeader } = endpoint;
    const target = { url: route?.url ?? endpoint.url, model, extra, ...(keyHeader === undefined ? {} : { keyHeader }) };
    const through = route ? { gateway: true, ...(route.tenant === undefined ? {} : { tenant: route.tenant }) } : {};
    if (configuration.endpoint.kind === 'embedded') return { name, target, ...through, request, prompt, parser, budget: {} };
    const { maxCalls, maxCost, ...rest } = this.limitsOf(configuration);
    const spent = this.askers.get(hashOf(configuration))?.budget.spent ?? spentOn(endpoint);
    // What was asked before stands in the tally, where there is one.
    const callsSpent = rest.tally === undefined ? spent.calls : 0;
    const budget = {
      ...rest,
      maxCalls: maxCalls === undefined ? undefined : Math.max(0, maxCalls - callsSpent),
      maxCost: maxCost === undefined ? undefined : Math.max(0, maxCost - spent.cost),
    };
    const { keyEnv, gateway } = configuration.endpoint;
    return { name, target, keyEnv, gateway, ...through, request, prompt, parser, budget };
  }
}

/** Endpoints as an agent calls them that asks through a relay. */
function relayed(endpoints: readonly SetupEndpoint[], relay: CuttableEndpoint | undefined): readonly SetupEndpoint[] {
  return relay ? endpoints.map((each) => ({ ...each, endpoint: { ...each.endpoint, url: relay.url } })) : endpoints;
}

/** Those that could be started. */
async function started<T>(starting: Iterable<Promise<T>>): Promise<T[]> {
  return (await Promise.allSettled(starting)).flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

/** What the first contact with an endpoint took of its budget. */
function spentOn({ calls }: RunningEndpoint): BudgetSpent {
  return { calls, cost: 0, inputTokens: 0, outputTokens: 0, estimatedCalls: 0 };
}
