/** Starts the agents of one match, and waits for strangers. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyTask, Json } from '../../envs/environment.js';
import type { SeatLatency } from '../../scoring/injected.js';
import { parserOf } from '../agents/asker.js';
import { botOf } from '../agents/bot.js';
import { computesHere, spawnAgent, type AgentHandle } from '../agents/spawn.js';
import { startEndpoint, type RunningEndpoint } from '../endpoints/start.js';
import { AgentError, type AgentLine } from '../protocol/line.js';
import type { SeatSheet } from '../match/match.js';
import { loadPrompt, promptFor } from '../configuration/prompts.js';
import type { MatchServer } from '../protocol/server.js';
import { loadConfiguration, type Configuration } from '../configuration/configuration.js';
import { WARM_UP_SEED } from './warm-up.js';
import { seatName, type SeatSpec } from './seats.js';
import { UsageError } from '../cli/values.js';

/** Unscored calls before the match, to an engine of ours and to others. */
const WARM_UP_CALLS = { embedded: 8, external: 2 };
const WARM_UP_TIMEOUT_MS = 300_000;
/** How long a stranger may take to connect. */
const STRANGER_MS = 600_000;

/** A record's latency models, where there are any. */
function injected(latency: SeatLatency | undefined): { latency?: SeatLatency } {
  return latency && Object.keys(latency).length > 0 ? { latency } : {};
}

export class Seating {
  private readonly agents: AgentHandle[] = [];
  private readonly endpoints: RunningEndpoint[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'tickbench-run-'));

  constructor(
    private readonly server: MatchServer,
    private readonly say: (line: string) => void,
  ) {}

  /** Of these players, those whose model runs in our own engine, on this machine's cores. */
  embedded(specs: readonly SeatSpec[]): SeatSpec[] {
    return specs.filter((spec) => spec.kind === 'model' && loadConfiguration(spec.configuration).endpoint.kind === 'embedded');
  }

  /** Starts everybody, in the order of the seats. @throws UsageError, AgentError, EndpointError, ConfigurationError */
  async seat(
    task: AnyTask,
    options: unknown,
    specs: readonly SeatSpec[],
    how: { clock: 'wall' | 'virtual'; signal: AbortSignal; prompt?: string; parser?: string; page?: string },
  ): Promise<SeatSheet[]> {
    for (const spec of specs) if (spec.kind === 'bot') botOf(task, spec.bot); // refused before anything is started
    const seats: SeatSheet[] = [];
    // A human comes last: the match begins when the seat is taken, not when a model has been loaded.
    const order = [...specs.keys()].sort((a, b) => Number(specs[a]!.kind === 'human') - Number(specs[b]!.kind === 'human'));
    for (const index of order) {
      const spec = specs[index]!;
      if (how.signal.aborted) break;
      if (spec.kind === 'bot') seats[index] = await this.bot(spec);
      else if (spec.kind === 'model') seats[index] = await this.model(task, options, spec, how);
      else if (spec.kind === 'human') seats[index] = await this.human(spec, how.signal, how.page);
      else seats[index] = await this.stranger(spec, how.signal);
    }
    return seats;
  }

  /** What the agents wrote for people. */
  said(): string[] {
    return this.agents.flatMap((agent) => agent.said);
  }

  async stop(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.stop()));
    await Promise.all(this.endpoints.map((endpoint) => endpoint.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async bot(spec: Extract<SeatSpec, { kind: 'bot' }>): Promise<SeatSheet> {
    const agent = await spawnAgent(this.server, { kind: 'bot', bot: spec.bot, errorPermille: spec.errorPermille });
    this.agents.push(agent);
    const { bot, errorPermille, givenUs, addedUs, latency } = spec;
    const given = givenUs === undefined ? {} : { givenUs };
    const record = {
      name: seatName(spec),
      kind: 'bot' as const,
      addedUs,
      ...given,
      ...injected(latency),
      configuration: { bot, errorPermille },
    };
    return { token: agent.token, record };
  }

  private async model(
    task: AnyTask,
    options: unknown,
    spec: Extract<SeatSpec, { kind: 'model' }>,
    how: { clock: 'wall' | 'virtual'; prompt?: string; parser?: string },
  ): Promise<SeatSheet> {
    const configuration = loadConfiguration(spec.configuration);
    if (how.prompt !== undefined) configuration.prompt = how.prompt;
    if (how.parser !== undefined) configuration.parser = how.parser;
    this.checkThreads(configuration, how.clock);
    loadPrompt(task, promptFor(task, configuration.prompt)); // refused before anything is started
    parserOf(task, configuration.parser);
    const endpoint = await startEndpoint(configuration.endpoint);
    this.endpoints.push(endpoint);
    const config = join(this.folder, `${this.agents.length}.json`);
    const { name, request, prompt, parser } = configuration;
    const keyEnv = configuration.endpoint.kind === 'embedded' ? undefined : configuration.endpoint.keyEnv;
    writeFileSync(
      config,
      JSON.stringify({
        name,
        target: { url: endpoint.url, model: endpoint.model, extra: endpoint.extra },
        keyEnv,
        request,
        prompt,
        parser,
      }),
    );
    const agent = await spawnAgent(this.server, { kind: 'model', config, name, processes: computesHere(endpoint) });
    this.agents.push(agent);
    const count = endpoint.kind === 'embedded' ? WARM_UP_CALLS.embedded : WARM_UP_CALLS.external;
    const warmed = await agent.line.warmUp({ task: task.name, options, seed: WARM_UP_SEED, count }, WARM_UP_TIMEOUT_MS);
    this.say(`${name}: ${warmed.done} unscored calls to warm up${warmed.note === undefined ? '' : `; ${warmed.note}`}`);
    // What the seat says of a leg goes before what its configuration says.
    const { latency } = injected({ ...configuration.latency, ...spec.latency });
    const record = { endpoint: configuration.endpoint, request, prompt, parser, engine: endpoint.summary ?? null } as unknown as Json;
    return {
      token: agent.token,
      record: {
        name: seatName({ ...spec, ...injected(latency), configuration: name }),
        kind: 'model',
        addedUs: spec.addedUs,
        ...injected(latency),
        configuration: record,
      },
    };
  }

  /** In a wall match on its own host an embedded endpoint leaves a core to the clock, and sits alone. */
  private checkThreads(configuration: Configuration, clock: 'wall' | 'virtual'): void {
    if (clock !== 'wall' || configuration.endpoint.kind !== 'embedded') return;
    const most = Math.max(1, availableParallelism() - 1);
    if (configuration.endpoint.threads > most)
      throw new UsageError(
        `${configuration.name}: ${configuration.endpoint.threads} threads; in wall-clock time on this host at most ${most}, or use --clock virtual`,
      );
    if (this.endpoints.some((endpoint) => endpoint.kind === 'embedded'))
      throw new UsageError('two embedded models would share the cores of a wall-clock match; use --clock virtual');
  }

  private async stranger(spec: Extract<SeatSpec, { kind: 'stranger' }>, signal: AbortSignal): Promise<SeatSheet> {
    const token = randomBytes(16).toString('hex');
    this.say(
      `waiting for ${spec.name}: connect to ${this.server.url}/agent and say {"type":"hello","protocol":"tickbench.v1","token":"${token}","name":"${spec.name}"}`,
    );
    this.say(`  the built-in agent: tickbench agent ${this.server.url} --token ${token} --bot NAME (or --config FILE.yaml)`);
    const line = await this.arrival(token, spec.name, signal);
    return {
      token,
      record: {
        name: seatName(spec),
        kind: 'stranger',
        addedUs: spec.addedUs,
        ...injected(spec.latency),
        configuration: { calledItself: line.calledItself },
      },
    };
  }

  /** Somebody at the page. What they see is no observation a decision but the stream, so they are a division of their own. */
  private async human(spec: Extract<SeatSpec, { kind: 'human' }>, signal: AbortSignal, page = ''): Promise<SeatSheet> {
    const token = randomBytes(16).toString('hex');
    this.say(`take the seat of ${spec.name}: ${page}#/play?${new URLSearchParams({ server: this.server.url, token }).toString()}`);
    await this.arrival(token, spec.name, signal);
    return {
      token,
      record: {
        name: seatName(spec),
        kind: 'human',
        addedUs: spec.addedUs,
        ...injected(spec.latency),
        configuration: { division: 'human', sees: 'a continuous stream of scenes', input: 'keyboard' },
      },
    };
  }

  private async arrival(token: string, name: string, signal: AbortSignal): Promise<AgentLine> {
    const arriving = this.server.expectAgent(token, name, STRANGER_MS);
    const interrupted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new AgentError(`interrupted while waiting for ${name}`)), { once: true });
    });
    const line = await Promise.race([arriving, interrupted]);
    this.say(`${name} is here`);
    return line;
  }
}
