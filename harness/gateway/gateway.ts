/** The scheduler carried out: calls wait here, run through a relay, and end; backends are looked at; worlds are asked for; time is told. */
import { performance } from 'node:perf_hooks';
import { connectionTrouble } from '../endpoints/errors.js';
import { oneLine } from '../endpoints/refusal.js';
import { BackendLink, type Found } from './backends.js';
import { GatewayError, refusalError } from './errors.js';
import { Figures } from './figures.js';
import { programKey } from './identity.js';
import { Looks } from './looks.js';
import type { ModelEntry } from './models.js';
import { headersAfter, type Asked, type PendingCall } from './pending-call.js';
import { believable, MOST_TOKENS, promptOf, TokenRatios } from './prompt.js';
import { relay } from './relay.js';
import { ResourceCalls } from './resources/calls.js';
import { Resources, type ToldResource } from './resources/resources.js';
import type { WorldCounts } from './resources/figures.js';
import { Scheduler } from './scheduling/scheduler.js';
import type { BackendView, Decision, EndReason, ProgramView } from './scheduling/types.js';
import { schedulerSettings, type GatewaySettings } from './settings.js';

/** How often the scheduler is told the time: while calls wait, and else. */
const WAITING_MS = 20;
const IDLE_MS = 500;

/** Programs that ended and are still told of. */
const REMEMBERED_ENDS = 1024;

/** What a call without a program is called: a name that nobody can give, since names have no spaces. */
const ONE_OFF = 'one-off ';

/** A program as it is told: one that lives, with its resource where it has one, or one that ended and why. */
export type ToldProgram = ProgramView & { ended?: EndReason; resource?: ToldResource };

export class Gateway {
  readonly figures: Figures;
  private readonly scheduler: Scheduler;
  private readonly links = new Map<string, BackendLink>();
  private readonly pending = new Map<number, PendingCall>();
  private readonly ratios: TokenRatios;
  private readonly ends = new Map<string, ToldProgram>();
  private readonly blockBytes: number;
  private readonly looks: Looks;
  private nextCall = 1;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private resources: Resources | undefined;
  private resourceCalls = new ResourceCalls(undefined);

  private constructor(
    private readonly settings: GatewaySettings,
    private readonly say: (line: string) => void,
  ) {
    this.scheduler = new Scheduler(schedulerSettings(settings));
    this.ratios = new TokenRatios(settings.scheduling.bytesPerToken);
    this.blockBytes = Math.ceil(settings.scheduling.blockTokens * settings.scheduling.bytesPerToken * 1.5);
    this.figures = new Figures({ backends: () => this.backends(), programs: () => this.programs() });
    this.looks = new Looks(settings.limits.lookS * 1000, { looked: (link, found, isFirst) => this.looked(link, found, isFirst) });
    for (const backend of settings.backends) this.links.set(backend.name, new BackendLink(backend, settings.limits.lookWithinS * 1000));
  }

  /**
   * Reclaims what an earlier gateway left of its worlds, looks at every backend once and begins. @param say lines for people: backends that come
   * and go @throws EndpointError when a key is missing; ConfigurationError when the resources' folder cannot be used
   */
  static async start(settings: GatewaySettings, say: (line: string) => void = () => undefined): Promise<Gateway> {
    const gateway = new Gateway(settings, say);
    if (settings.resources) await gateway.openResources(settings.resources);
    for (const { name, mostRunning } of settings.backends) {
      gateway.scheduler.backendUp(name, gateway.now(), mostRunning);
      gateway.scheduler.backendDown(name, gateway.now());
    }
    await Promise.all([...gateway.links.values()].map((link) => gateway.looks.watch(link)));
    return gateway;
  }

  /** Takes a call; the answer goes into its response. @throws GatewayError when it is refused as it comes */
  submit(asked: Asked, fail: (error: GatewayError) => void): void {
    const { parsed, identity, response } = asked;
    const model = typeof parsed.model === 'string' ? parsed.model : '';
    const backends = [...this.links.values()].filter((link) => link.serves(model === '' ? undefined : model)).map(({ name }) => name);
    if (backends.length === 0) throw this.unknownModel(model);
    const id = this.nextCall++;
    const nowMs = this.now();
    const prompt = promptOf(parsed, this.blockBytes);
    const program = programKey(identity.tenant, identity.program ?? `${ONE_OFF}${id}`);
    const resource = this.resourceCalls.kindFor(identity, program);
    const held = resource !== undefined && this.resourceCalls.isToWait(identity, program);
    const promptTokens = this.ratios.estimate(program, model, prompt.bytes);
    const call: PendingCall = { ...asked, program, model, prompt, promptTokens, arrivedMs: nowMs, hangUp: new AbortController(), lost: new AbortController(), moves: 0, fail }; // prettier-ignore
    this.pending.set(id, call);
    response.once('close', () => this.closed(id));
    const { outputTokens: most = identity.outputTokens ?? this.settings.scheduling.outputTokens } = prompt;
    const expected = Math.min(most, identity.outputTokens ?? most);
    const { tenant, priority, parent, deadlineInMs } = identity;
    const decisions = this.scheduler.arrive(
      {
        ...{ id, program, tenant, promptTokens, outputTokens: Math.ceil(expected), blocks: prompt.blocks, held },
        oneOff: identity.program === undefined,
        ...(backends.length === this.links.size ? {} : { backends }),
        ...(deadlineInMs === undefined ? {} : { deadlineMs: nowMs + deadlineInMs }),
        ...(priority === undefined ? {} : { priority }),
        ...(parent === undefined ? {} : { parent: programKey(tenant, parent) }),
      },
      nowMs,
    );
    if (held) this.resourceCalls.hold(id, program, nowMs + identity.resourceWaitMs!);
    // A program that was refused as it came is none.
    if (resource !== undefined && this.scheduler.has(program)) this.resources!.want(program, resource, held);
    this.apply(decisions);
  }

  /** Ends a program; false when there is none. One that ended before is ended. */
  release(tenant: string, program: string): boolean {
    const decisions = this.scheduler.release(programKey(tenant, program), this.now());
    if (decisions) this.apply(decisions);
    return decisions !== undefined || this.ends.has(programKey(tenant, program));
  }

  program(tenant: string, program: string): ToldProgram | undefined {
    const key = programKey(tenant, program);
    const view = this.scheduler.program(key, this.now());
    return view ? this.withResource(view) : this.ends.get(key);
  }

  programs(): ToldProgram[] {
    return this.scheduler.programViews(this.now()).map((view) => this.withResource(view));
  }

  /** Worlds by kind and by what becomes of them, and how many of an earlier gateway could not be reclaimed; undefined without resources. */
  resourceCounts(): { kinds: Record<string, WorldCounts>; notReclaimed: number } | undefined {
    return this.resources && { kinds: Object.fromEntries(this.resources.counts()), notReclaimed: this.resources.notReclaimed.length };
  }

  backends(): (BackendView & { trouble?: string })[] {
    return this.scheduler.backendViews().map((view) => {
      const trouble = this.links.get(view.backend)?.trouble;
      return trouble === undefined ? view : { ...view, trouble };
    });
  }

  get waitingCalls(): number {
    return this.scheduler.waitingCalls;
  }

  /** Calls that are not over yet. */
  get openCalls(): number {
    return this.pending.size;
  }

  /** Every model that a backend lists, as it lists it; of those that several list, the first. */
  models(): ModelEntry[] {
    const found = new Map<string, ModelEntry>();
    for (const { models, settings } of this.links.values())
      for (const entry of models ?? [])
        if (!found.has(entry.id) && (settings.models?.includes(entry.id) ?? true)) found.set(entry.id, entry);
    return [...found.values()];
  }

  unknownModel(model: string): GatewayError {
    const names = this.models().map(({ id }) => id);
    return new GatewayError(404, `no backend has the model "${model.slice(0, 200)}"; there are ${names.slice(0, 20).join(', ') || 'none at present'}`, 'model_not_found'); // prettier-ignore
  }

  /** Ends every call, looks at nothing more, and reclaims all worlds. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.looks.stop();
    for (const call of this.pending.values()) call.response.destroy();
    await this.resources?.close();
  }

  private async openResources(settings: NonNullable<GatewaySettings['resources']>): Promise<void> {
    this.resources = await Resources.open(settings, {
      registry: this.figures.registry,
      order: (most) => this.scheduler.waitingOrder(most, this.now()),
      silentMs: (program) => this.scheduler.program(program, this.now())?.silentMs ?? 0,
      settled: (program) => this.unhold(this.resourceCalls.settled(program)),
      say: this.say,
    });
    this.resourceCalls = new ResourceCalls(this.resources);
  }

  private withResource(view: ProgramView): ToldProgram {
    const resource = this.resources?.told(view.program);
    return resource === undefined ? view : { ...view, resource };
  }

  /** Calls that waited for a resource wait for their turn alone from now on. */
  private unhold(calls: readonly number[]): void {
    for (const call of calls) this.apply(this.scheduler.unhold(call, this.now()));
  }

  private now(): number {
    return performance.now();
  }

  private apply(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      switch (decision.kind) {
        case 'start':
          this.resources?.admitted(decision.program);
          void this.run(decision.call, decision.backend, decision.waitedMs);
          break;
        case 'refuse': {
          const call = this.pending.get(decision.call);
          this.pending.delete(decision.call);
          this.resourceCalls.drop(decision.call);
          this.figures.refusedCall(decision.reason);
          call?.fail(refusalError(decision.reason, decision.estimateMs));
          break;
        }
        case 'pause':
          this.figures.paused(decision.backend);
          break;
        case 'end':
          this.figures.ended(decision.reason);
          this.resources?.ended(decision.program);
          this.ratios.forget(decision.program);
          if (decision.reason === 'one-off' || decision.reason === 'unserved') break;
          this.ends.delete(decision.program);
          this.ends.set(decision.program, { ...decision.view, ended: decision.reason });
          if (this.ends.size > REMEMBERED_ENDS) this.ends.delete(this.ends.keys().next().value!);
          break;
      }
    }
    this.wake();
  }

  private async run(id: number, backend: string, waitedMs: number): Promise<void> {
    const call = this.pending.get(id)!;
    const link = this.links.get(backend)!;
    call.backend = backend;
    call.lost = new AbortController();
    const startedMs = this.now();
    const { path, body, response, program, hangUp, lost, promptTokens: estimate } = call;
    const relayed = await relay({
      ...{ to: link.to, path, headers: headersAfter(call, startedMs), body, response },
      passKey: link.to.apiKey === undefined && this.settings.listen.keyEnv === undefined,
      own: {
        'x-tickbench-program': program.slice(program.indexOf('/') + 1),
        'x-tickbench-backend': backend,
        'x-tickbench-wait-ms': waitedMs.toFixed(1),
        'x-tickbench-moves': String(call.moves),
        ...this.resourceCalls.headers(program),
      },
      signal: hangUp.signal,
      lost: lost.signal,
      silenceMs: this.settings.limits.silenceS * 1000,
      now: () => this.now(),
    });
    const nowMs = this.now();
    const { outcome, firstByteMs, trouble } = relayed;
    if (outcome === 'untouched') return this.untouched(id, call, link, waitedMs, trouble!);
    if (trouble) this.say(`${backend}: ${call.program}: ${oneLine(connectionTrouble(trouble) ?? trouble.message)}`);
    this.pending.delete(id);
    const counted = believable(relayed.counts.promptTokens, call.prompt.bytes);
    // Of a call that failed, or was given up before anything was answered, nobody knows that anything was computed.
    const isServed = counted !== undefined || outcome === 'done' || (outcome === 'cancelled' && firstByteMs !== undefined);
    const promptTokens = counted ?? (isServed ? estimate : 0);
    const cachedTokens = Math.min(relayed.counts.cachedTokens ?? 0, promptTokens);
    const outputTokens = Math.min(relayed.outputTokens, call.prompt.outputTokens ?? MOST_TOKENS);
    if (counted !== undefined && this.scheduler.program(program, nowMs)) this.ratios.learn(program, call.model, call.prompt.bytes, counted); // prettier-ignore
    if (this.ratios.hasMoved(call.model)) this.estimateAnew(call.model);
    this.figures.served({ backend, outcome, waitedMs, promptTokens, cachedTokens, outputTokens, totalMs: nowMs - call.arrivedMs, ...(firstByteMs === undefined ? {} : { firstByteMs: firstByteMs - startedMs }) }); // prettier-ignore
    this.apply(this.scheduler.ended(id, { outcome, ...(isServed ? { promptTokens } : {}), outputTokens, cachedTokens, ...(firstByteMs === undefined ? {} : { firstByteMs }) }, nowMs)); // prettier-ignore
  }

  /**
   * Calls that wait are charged by what their prompts are believed to have, and a first guess may be off by half: as soon as a server has counted one
   * of the model's, those that are not running yet are charged by that.
   */
  private estimateAnew(model: string): void {
    const estimate = (id: number): number | undefined => {
      const call = this.pending.get(id);
      if (call?.model !== model) return undefined;
      return (call.promptTokens = this.ratios.estimate(call.program, model, call.prompt.bytes));
    };
    this.apply(this.scheduler.restate(estimate, this.now()));
  }

  /** Nothing was answered: the backend is looked at again, and another one asked where there is one. */
  private untouched(id: number, call: PendingCall, link: BackendLink, waitedMs: number, trouble: Error): void {
    const why = oneLine(connectionTrouble(trouble) ?? trouble.message);
    this.say(`${link.name}: ${why}`);
    void this.looks.lookAt(link);
    if (this.scheduler.canRetry(id)) {
      call.moves++;
      call.backend = undefined;
      this.figures.movedCall(link.name);
      return this.apply(this.scheduler.retry(id, this.now()));
    }
    this.pending.delete(id);
    call.fail(new GatewayError(502, `the backend ${link.name} did not answer: ${why}`, 'backend_failed'));
    this.figures.served({ backend: link.name, outcome: 'failed', waitedMs, totalMs: this.now() - call.arrivedMs, promptTokens: 0, cachedTokens: 0, outputTokens: 0 }); // prettier-ignore
    this.apply(this.scheduler.ended(id, { outcome: 'failed' }, this.now()));
  }

  /** A backend is taken for dead: calls that it has not begun to answer are given up there, where another backend may be asked. */
  private giveUp({ name }: BackendLink, trouble: string): void {
    for (const [id, { backend, response, lost }] of this.pending)
      if (backend === name && !response.headersSent && this.scheduler.canRetry(id)) lost.abort(new Error(trouble));
  }

  /** The client's connection is over: after the whole answer, or before. */
  private closed(id: number): void {
    const call = this.pending.get(id);
    if (!call) return;
    if (call.backend !== undefined) return call.hangUp.abort(new Error('the client went away'));
    this.pending.delete(id);
    this.resourceCalls.drop(id);
    this.apply(this.scheduler.hungUp(id, this.now()));
  }

  /** Tells the scheduler the time, often while calls wait. */
  private wake(): void {
    if (this.stopped || this.timer) return;
    const ms = this.scheduler.waitingCalls > 0 ? WAITING_MS : this.scheduler.programCount > 0 ? IDLE_MS : undefined;
    if (ms === undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.resources?.tick();
      this.unhold(this.resourceCalls.due(this.now()));
      this.apply(this.scheduler.tick(this.now()));
    }, ms);
  }

  private looked(link: BackendLink, found: Found, isFirst: boolean): void {
    const { name, settings } = link;
    const wasUp = this.scheduler.backendViews().find(({ backend }) => backend === name)!.up;
    const nowMs = this.now();
    if (!found.up) {
      if (wasUp || isFirst) this.say(`${name}: down: ${found.trouble}`);
      this.apply(this.scheduler.backendDown(name, nowMs));
      return this.giveUp(link, found.trouble);
    }
    if (!wasUp) this.say(`${name}: up${found.capacityTokens === undefined ? ', capacity not known' : `, ${found.capacityTokens} tokens`}`);
    this.apply(this.scheduler.capacity(name, found.capacityTokens ?? Infinity, nowMs));
    if (!wasUp) this.apply(this.scheduler.backendUp(name, nowMs, settings.mostRunning));
  }
}
