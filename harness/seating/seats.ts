/**
 * Who plays, as users write it: `bot:expert@18f`, `bot:expert:30%@300ms`, `model:fpx-configs/1m-fp8.yaml+100ms`, `stranger:NAME`, `human:NAME`; each may end
 * in injected latency, `bot:expert@300ms,feed=2ms,entry=1ms~3ms,response=delays.txt` (harness/configuration/latency.ts), and a model's in an injected
 * outage, `model:FILE.yaml,outage=10s` or `outage=10s/2s`.
 */
import { existsSync } from 'node:fs';
import type { Micros } from '../../envs/environment.js';
import { injectedText, type SeatLatency } from '../../scoring/trace/injected.js';
import { outageText, type Outage } from '../../scoring/trace/outage.js';
import { LatencyError, readLatency, type LatencyTexts } from '../configuration/latency.js';
import { embeddedMembers, loadSetup, overridden, type Setup } from '../configuration/team.js';

/** A seat that cannot be taken as it was asked for: what was found and what is accepted. */
export class SeatError extends Error {
  override name = 'SeatError';
}

type Unnamed =
  | { kind: 'bot'; bot: string; errorPermille: number; givenUs?: Micros; addedUs: Micros }
  | { kind: 'stranger'; name: string; addedUs: Micros }
  | { kind: 'human'; name: string; addedUs: Micros };

/** A seat as asked for, a model by its configuration's file. Delays are in world time. */
export type SeatSpec = (Unnamed | { kind: 'model'; configuration: string; addedUs: Micros }) & { latency?: SeatLatency; outage?: Outage };

/** Who takes a seat: a model with its configuration read. What its seat says of a leg's latency goes before what its configuration says. */
export type Player = (Unnamed | { kind: 'model'; configuration: Setup; addedUs: Micros }) & {
  latency?: SeatLatency;
  /** A latency that it is charged instead of the one measured. */
  givenUs?: Micros;
  /** What is done to its endpoint in the match. */
  outage?: Outage;
};

/** A model that takes a seat. */
export type ModelSeat = Extract<Player, { kind: 'model' }>;

/** A configuration as a player. @param spec what its seat says besides */
export function modelPlayer(
  configuration: Setup,
  spec: { addedUs: Micros; latency?: SeatLatency; outage?: Outage } = { addedUs: 0 },
): Player {
  const latency = { ...configuration.latency, ...spec.latency };
  return {
    ...{ kind: 'model', configuration, addedUs: spec.addedUs },
    ...(Object.keys(latency).length > 0 ? { latency } : {}),
    ...(spec.outage ? { outage: spec.outage } : {}),
  };
}

/**
 * Reads the configurations that seats name. @param every what all models are told instead of what their configurations say
 * @throws ConfigurationError
 */
export function playersOf(specs: readonly SeatSpec[], every: { prompt?: string; parser?: string } = {}): Player[] {
  return specs.map((spec) => {
    if (spec.kind !== 'model') return spec;
    return modelPlayer(overridden(loadSetup(spec.configuration), every), spec);
  });
}

/** Of these players, those of whose models one or more run in our own engine, on this machine's cores. */
export function embeddedAmong(players: readonly Player[]): ModelSeat[] {
  return players.filter((player) => player.kind === 'model').filter(({ configuration }) => embeddedMembers(configuration).length > 0);
}

const FORMS =
  'bot:NAME[:ERROR%][@DELAY][+DELAY], model:FILE.yaml[+DELAY], stranger[:NAME][+DELAY] or human[:NAME][+DELAY], a DELAY being 18f (frames, or ticks) or 300ms; each then [,feed=LATENCY][,entry=LATENCY][,response=LATENCY], a LATENCY being 2ms, 1ms~3ms (jitter), 90us/250us (in order) or a file; a model then [,outage=TIME] (its engine is killed at that time) or [,outage=TIME/TIME] (any other endpoint is cut off then for so long), a TIME being a DELAY';

/**
 * Reads one seat. `@DELAY` is a bot's given latency instead of a measured one, `+DELAY` is added to whatever it is.
 * @param tickUs what `f` stands for @throws SeatError naming the forms there are
 */
export function parseSeat(text: string, tickUs: Micros): SeatSpec {
  const refuse = (why: string): never => {
    throw new SeatError(`seat "${text}": ${why}; accepted: ${FORMS}`);
  };
  const [rest, outage] = splitOutage(text, tickUs, refuse);
  const [seat, latency] = splitLatency(rest, refuse);
  const spec = parsePlayer(seat, tickUs, refuse);
  if (outage && spec.kind !== 'model') refuse(`a ${spec.kind} has no endpoint that could be taken away; a model has`);
  return { ...spec, ...(latency ? { latency } : {}), ...(outage ? { outage } : {}) };
}

/** The seat without its outage, and that. */
function splitOutage(text: string, tickUs: Micros, refuse: (why: string) => never): [string, Outage | undefined] {
  const [, before, at, during, after] = /^(.*?),outage=([^,/]*)(?:\/([^,]*))?(.*)$/.exec(text) ?? [];
  if (before === undefined) return [text, undefined];
  if (after !== '') refuse(`"${after}" stands behind the outage, which comes last and once`);
  const atUs = parseDelay(at!, tickUs, refuse);
  if (during === undefined) return [before, { atUs }];
  const forUs = parseDelay(during, tickUs, refuse);
  if (forUs < 1) refuse('an outage of no time is none');
  return [before, { atUs, forUs }];
}

/** The seat without its latency, and that. */
function splitLatency(text: string, refuse: (why: string) => never): [string, SeatLatency | undefined] {
  const from = text.search(/,(?=(?:feed|entry|response)=)/);
  if (from < 0) return [text, undefined];
  const texts: LatencyTexts = {};
  for (const part of text.slice(from + 1).split(/,(?=(?:feed|entry|response)=)/)) {
    const [leg, value] = [part.slice(0, part.indexOf('=')) as keyof LatencyTexts, part.slice(part.indexOf('=') + 1)];
    if (texts[leg] !== undefined) refuse(`${leg} is given twice`);
    texts[leg] = value;
  }
  try {
    return [text.slice(0, from), readLatency(texts, (name) => (existsSync(name) ? name : undefined))];
  } catch (error) {
    if (error instanceof LatencyError) return refuse(error.message);
    throw error;
  }
}

function parsePlayer(text: string, tickUs: Micros, refuse: (why: string) => never): SeatSpec {
  const match = /^(bot|model|stranger|human)(?::(.+?))?(?:@([^@+]+))?(?:\+([^@+]+))?$/.exec(text);
  if (!match) return refuse('is not one');
  const [, kind, subject, given, added] = match;
  const addedUs = added === undefined ? 0 : parseDelay(added, tickUs, refuse);
  if (kind === 'model') {
    if (subject === undefined) return refuse('names no configuration');
    if (given !== undefined) return refuse("a model's latency is measured, not given; +DELAY adds to it");
    return { kind, configuration: subject, addedUs };
  }
  if (kind === 'stranger' || kind === 'human') {
    if (given !== undefined) return refuse(`a ${kind}'s latency is measured, not given; +DELAY adds to it`);
    return { kind, name: subject ?? kind, addedUs };
  }
  const bot = /^([\w-]+)(?::(\d{1,3}(?:\.\d)?)%)?$/.exec(subject ?? '');
  if (!bot) return refuse('names no bot');
  const errorPermille = Math.round(Number(bot[2] ?? 0) * 10);
  if (errorPermille > 1000) return refuse('an error share is at most 100%');
  const base = { kind: 'bot' as const, bot: bot[1]!, errorPermille, addedUs };
  return given === undefined ? base : { ...base, givenUs: parseDelay(given, tickUs, refuse) };
}

function parseDelay(text: string, tickUs: Micros, refuse: (why: string) => never): Micros {
  const match = /^(\d+(?:\.\d+)?)(f|ms|s)$/.exec(text);
  if (!match) return refuse(`"${text}" is no delay`);
  const unitUs = { f: tickUs, ms: 1000, s: 1_000_000 }[match[2] as 'f' | 'ms' | 's'];
  return Math.round(Number(match[1]) * unitUs);
}

/** A seat's name in tables. What is injected by a model is named as that. */
export function seatName(spec: SeatSpec | Player): string {
  const models = [injectedText(spec.latency), outageText(spec.outage)].filter((each) => each !== '').join(', ');
  const added = `${spec.addedUs > 0 ? ` +${shownMs(spec.addedUs)}` : ''}${models === '' ? '' : `, injected ${models}`}`;
  if (spec.kind === 'model') return `${typeof spec.configuration === 'string' ? spec.configuration : spec.configuration.name}${added}`;
  if (spec.kind === 'stranger') return `${spec.name}${added}`;
  // A division of its own, in every table: a human sees a continuous stream.
  if (spec.kind === 'human') return spec.name === 'human' ? `human${added}` : `${spec.name} (human)${added}`;
  const error = spec.errorPermille > 0 ? ` ${spec.errorPermille / 10}% random` : '';
  const given = spec.givenUs === undefined ? '' : ` @${shownMs(spec.givenUs)}`;
  return `${spec.bot}${error}${given}${added}`;
}

function shownMs(us: Micros): string {
  return `${Number((us / 1000).toFixed(1))} ms`;
}
