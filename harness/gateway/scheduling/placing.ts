/**
 * One pass over the calls that wait: which start where, and which programs between calls lose their places for them.
 *
 * The order: calls that have waited twice too long, for which a backend is cleared; then, while any waited too long, programs that lost their
 * place, which would be read a second time; calls that have waited too long, the longest first; then the tenant with the least counter (./tenants.ts); of its calls those of
 * higher priority, then of programs whose cache is held, then of programs with a past, then of new ones; among equals the one with the fewest
 * tokens. What does not fit is passed over for what does. A program that lost its place is given room on another backend only after all who
 * have to be read there anyway: moved, it would be read a second time.
 */
import type { Footprint } from './ledger.js';
import type { Backend, Program, WaitingCall } from './program.js';
import { serviceOf, type Tenants } from './tenants.js';
import type { Decision, SchedulerSettings } from './types.js';

/** What a pass looks at and changes. */
export interface Scene {
  settings: SchedulerSettings;
  backends: ReadonlyMap<string, Backend>;
  programs: ReadonlyMap<string, Program>;
  tenants: Tenants;
  /** Programs with a call that may start, by tenant. */
  waiting: ReadonlyMap<string, ReadonlySet<Program>>;
  /** Those of them that go before all others, in that order. */
  forced: ReadonlySet<Program>;
  nowMs: number;
  /** Starts the program's first waiting call there; it has room. */
  start(program: Program, backend: Backend, held: Footprint): void;
  decide(decision: Decision): void;
}

/** By what right a call asks for room: a program's next call where its cache is, a newcomer, or one that waited too long. */
type Right = 'growth' | 'newcomer' | 'forced';

/** Starts what can be started. */
export function placeWaiting(scene: Scene): void {
  for (const backend of scene.backends.values()) backend.reservedFor = undefined;
  clearForOverdue(scene);
  if (scene.forced.size > 0) startInOrder(scene, false, ({ home, isNew }) => !home && !isNew);
  startForced(scene);
  for (const mayMove of [false, true]) startInOrder(scene, mayMove, () => true);
}

function startInOrder(scene: Scene, mayMove: boolean, wanted: (program: Program) => boolean): void {
  const hopeless = new Set<string>();
  for (let next = nextProgram(scene, hopeless, wanted); next; next = nextProgram(scene, hopeless, wanted))
    if (!tryStart(scene, next, next.home ? 'growth' : 'newcomer', mayMove)) hopeless.add(kindOf(next));
}

/** Over the high mark, programs between calls lose their places, the smallest first, down to the low mark. */
export function relieve(scene: Pick<Scene, 'settings' | 'decide'>, backend: Backend): void {
  const { highMark, lowMark } = scene.settings;
  if (backend.all.used <= highMark * backend.capacityTokens) return;
  for (const program of smallestFirst(backend, (each) => each.isBetweenCalls && each.queue.length === 0)) {
    if (backend.all.used <= lowMark * backend.capacityTokens) return;
    pause(scene, program, backend);
  }
}

/** Tokens that a backend would be charged with this program taking so much. */
export function usedWith(backend: Backend, program: Program, held: Footprint): number {
  if (program.home !== backend) return backend.all.used + backend.all.extra(held);
  backend.all.remove(program.held!);
  const used = backend.all.used + backend.all.extra(held);
  backend.all.add(program.held!);
  return used;
}

/** Backends that may serve a call and are there. */
export function backendsFor(scene: Pick<Scene, 'backends'>, { backends: named, failedOn }: WaitingCall): Backend[] {
  return [...scene.backends.values()].filter(({ id, up }) => up && (named === undefined || named.includes(id)) && !failedOn.includes(id));
}

/** Calls that find room or none together: where one of a kind does not fit, a larger one of it is not tried. */
function kindOf({ home, isNew, tenant, queue, lastServed }: Program): string {
  return home ? `${home.id} ${tenant}` : `${queue[0]!.kind} ${isNew ? 'new' : lastServed}`;
}

function nextProgram(scene: Scene, hopeless: ReadonlySet<string>, wanted: (program: Program) => boolean): Program | undefined {
  const { tenants, waiting } = scene;
  for (const name of [...waiting.keys()].sort((a, b) => tenants.counter(a) - tenants.counter(b))) {
    let best: Program | undefined;
    for (const program of waiting.get(name)!) {
      if (best && !goesBefore(program, best)) continue;
      if (!wanted(program) || hopeless.has(kindOf(program))) continue;
      best = program;
    }
    if (best) return best;
  }
  return undefined;
}

/**
 * The next so many programs that wait, in the order in which they would start if there were room for one after another: as tenants' counters
 * would then grow. What does not fit is passed over for what does, which this does not foresee.
 */
export function likelyOrder({ forced, tenants, waiting }: Scene, most: number): Program[] {
  const order = [...forced].slice(0, most);
  const queues = [...waiting.entries()].map(([tenant, programs]) => ({
    counter: tenants.counter(tenant),
    weight: tenants.weight(tenant),
    programs: [...programs].filter((program) => !forced.has(program)).sort((a, b) => (goesBefore(a, b) ? -1 : 1)),
    at: 0,
  }));
  while (order.length < most) {
    const next = least(queues.filter(({ at, programs }) => at < programs.length), ({ counter }) => counter); // prettier-ignore
    if (!next) break;
    const program = next.programs[next.at++]!;
    const { promptTokens, outputTokens } = program.queue[0]!;
    next.counter += serviceOf(promptTokens, outputTokens) / next.weight;
    order.push(program);
  }
  return order;
}

function goesBefore(a: Program, b: Program): boolean {
  const [first, second] = [a.queue[0]!, b.queue[0]!];
  const [high, low] = [first.priority ?? 0, second.priority ?? 0];
  if (high !== low) return high > low;
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA !== rankB) return rankA < rankB;
  if (first.promptTokens !== second.promptTokens) return first.promptTokens < second.promptTokens;
  return first.id < second.id;
}

function rankOf({ home, isNew }: Program): number {
  return home ? 0 : isNew ? 2 : 1;
}

/**
 * A program's cache is where it was: its next call goes there, and waits for it unless it has waited too long. Some of the cache of one that lost
 * its place is likely to be left there: it goes elsewhere only where it may move.
 */
function tryStart(scene: Scene, program: Program, right: Right, mayMove: boolean): boolean {
  const call = program.queue[0]!;
  const at = program.home;
  const eligible = backendsFor(scene, call);
  const stays = eligible.filter((backend) => (right === 'growth' && backend === at) || (!mayMove && backend.id === program.lastServed));
  const backends = stays.length > 0 ? stays : preferred(scene, program, eligible);
  for (const backend of backends) {
    if (backend.running.size >= backend.mostRunning) continue;
    if (backend.reservedFor && (backend !== at || hasHadItsTime(scene, program))) continue;
    const held = backend.footprintOf(call);
    const asked = backend === at ? (right === 'newcomer' ? 'growth' : right) : right === 'growth' ? 'newcomer' : right;
    if (!makeRoom(scene, backend, program, held, asked)) continue;
    scene.start(program, backend, held);
    relieve(scene, backend);
    return true;
  }
  return false;
}

/** Calls that waited twice too long: a backend is cleared for one after another, not again within the time that others may wait for it. */
function clearForOverdue(scene: Scene): void {
  const { forced, nowMs, settings } = scene;
  for (const program of [...forced]) {
    if (nowMs - program.queue[0]!.arrivedMs < 2 * settings.forceAfterMs) return;
    const clearable = backendsFor(scene, program.queue[0]!).filter(
      (backend) => !backend.reservedFor && nowMs - backend.clearedMs >= settings.forceAfterMs && canEverHold(backend, program),
    );
    if (clearable.length === 0) continue;
    if (tryStart(scene, program, 'forced', true)) program.home!.clearedMs = nowMs;
    else reserve(program, clearable);
  }
}

/** Calls that waited too long, in their order. Where one of a kind finds no room, no larger one of it is tried. */
function startForced(scene: Scene): void {
  const tooLarge = new Map<string, number>();
  for (const program of [...scene.forced]) {
    const kind = kindOf(program);
    const { promptTokens } = program.queue[0]!;
    if (promptTokens >= (tooLarge.get(kind) ?? Infinity) || tryStart(scene, program, 'forced', true)) continue;
    tooLarge.set(kind, promptTokens);
  }
}

/** Whether a program has had its place for as long as others wait at most: then it gives way to one that waited so long. */
function hasHadItsTime({ settings, nowMs }: Pick<Scene, 'settings' | 'nowMs'>, { placedMs }: Program): boolean {
  return nowMs - placedMs >= settings.forceAfterMs;
}

/**
 * Where a call that waited too long is to go, nothing else starts but calls of programs that have not had their time there: so that what runs
 * there makes room for it by ending, and programs are not read anew all the time where everybody has waited too long.
 */
function reserve(program: Program, clearable: readonly Backend[]): void {
  const chosen =
    clearable.find((backend) => backend === program.clearing) ??
    clearable.find((backend) => backend === program.home) ??
    least(clearable, (backend) => backend.busy.used / backend.capacityTokens);
  program.clearing = chosen;
  if (chosen) chosen.reservedFor = program;
}

/** Whether a backend that holds nothing else could hold a program's next call. */
export function canEverHold(backend: Backend, program: Pick<Program, 'queue'>): boolean {
  return backend.footprintOf(program.queue[0]!).tokens <= backend.capacityTokens;
}

/** Tokens of a call's prompt that a backend is likely to have to compute: all but what it holds of the program, of its prefix, of its parent. */
export function freshTokens(programs: ReadonlyMap<string, Program>, program: Program, call: WaitingCall, backend: Backend): number {
  if (backend === program.home) return Math.max(0, call.promptTokens - program.contextTokens);
  const fresh = backend.notHeld(call);
  const parent = call.parent === undefined ? undefined : programs.get(call.parent)?.home;
  return backend === parent ? Math.min(fresh, call.promptTokens / 2) : fresh;
}

/** Backends by how soon each would have read the prompt: what it has to compute of it, behind what it is computing; then the emptiest. */
function preferred(scene: Scene, program: Program, eligible: readonly Backend[]): Backend[] {
  const call = program.queue[0]!;
  const cost = new Map(eligible.map((backend) => [backend, freshTokens(scene.programs, program, call, backend) + backend.backlogTokens]));
  const load = ({ all, running, capacityTokens, mostRunning }: Backend): number =>
    Math.max(all.used / capacityTokens, running.size / mostRunning) + running.size * 1e-6 + all.used * 1e-12;
  return [...eligible].sort((a, b) => cost.get(a)! - cost.get(b)! || load(a) - load(b));
}

/** Makes room for a call by pausing programs between calls, or finds that it cannot be made and pauses none. */
function makeRoom(scene: Scene, backend: Backend, program: Program, held: Footprint, right: Right): boolean {
  const { capacityTokens, all, busy, running } = backend;
  if (capacityTokens === Infinity) return true;
  if (busy.used + busy.extra(held) > capacityTokens) return false;
  const { highMark } = scene.settings;
  // A newcomer fills a backend to the high mark at most, unless it is alone there.
  const fits = (): boolean => {
    const alone = backend.programs.size - (program.home === backend ? 1 : 0) === 0;
    return usedWith(backend, program, held) <= (program.home === backend || alone ? 1 : highMark) * capacityTokens;
  };
  if (fits()) return true;
  const victims = smallestFirst(
    backend,
    (each) => each !== program && each.isBetweenCalls && givesWay(scene, each, program, right, running.size),
  );
  if (victims.length === 0) return false;
  for (const victim of victims) all.remove(victim.held!);
  const enough =
    usedWith(backend, program, held) <=
    (program.home !== backend && backend.programs.size > victims.length ? highMark : 1) * capacityTokens;
  for (const victim of victims) all.add(victim.held!);
  if (!enough) return false;
  for (const victim of victims) {
    pause(scene, victim, backend);
    if (fits()) return true;
  }
  return fits();
}

/** Whether a program between calls loses its place to one that asks for room. */
function givesWay(scene: Scene, each: Program, asking: Program, right: Right, running: number): boolean {
  const { settings, tenants, nowMs } = scene;
  if (right === 'forced' && hasHadItsTime(scene, each)) return true;
  const isActing = each.queue.length === 0 || each.queue[0]!.held === true;
  const ahead = each.tenant !== asking.tenant && tenants.counter(each.tenant) - tenants.counter(asking.tenant) > settings.quantumTokens;
  if (ahead) return true;
  // Where nothing runs, programs that wait for each other's room would wait for ever.
  if (right === 'growth') return isActing || running === 0;
  return isActing && nowMs - each.activeMs >= settings.holdMs;
}

/** Programs that a backend holds: those that wait for nothing first, the smallest of them first. */
function smallestFirst(backend: Backend, wanted: (program: Program) => boolean): Program[] {
  const order = (program: Program): number => (program.queue.length > 0 ? 1 : 0);
  return [...backend.programs]
    .filter(wanted)
    .sort((a, b) => order(a) - order(b) || a.held!.tokens - b.held!.tokens || (a.key < b.key ? -1 : 1));
}

function pause(scene: Pick<Scene, 'decide'>, program: Program, backend: Backend): void {
  backend.drop(program);
  program.pauses++;
  scene.decide({ kind: 'pause', program: program.key, backend: backend.id });
}

function least<T>(of: readonly T[], by: (each: T) => number): T | undefined {
  return of.reduce<T | undefined>((best, each) => (best === undefined || by(each) < by(best) ? each : best), undefined);
}
