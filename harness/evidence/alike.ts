/** Which matches may be counted together: what their headers say of how they were played has to be the same. */
import type { Trace, TraceHeader } from '../../scoring/trace/trace.js';
import { canonicalJson, hashOf } from '../configuration/hash.js';
import { asPlanned } from '../seating/record.js';

/** What has to be alike: the world, its rules, and how time ran in it; where one player's matches are asked for, also what played. */
const ALIKE = ['task', 'rules', 'options', 'clock', 'speed', 'patient', 'contention', 'timeoutUs', 'player'] as const;

/** How a match was played: its header. `player`: a hash of whose match it is, where that has to be alike, too. */
export type Settings = Pick<TraceHeader, Exclude<(typeof ALIKE)[number], 'player'>> & { player?: string };

/** How a seat's match was played, and by what: one name may have stood for several configurations. */
export function playedAs({ trace, seat }: { trace: Pick<Trace, 'header'>; seat: number }): Settings {
  return { ...trace.header, player: hashOf(asPlanned(trace.header.seats[seat]!), 6) };
}

/** A part of how a match was played. Which agent of which group it was is no difference: what was at the endpoint beside it is. */
function partOf(header: Settings, part: (typeof ALIKE)[number]): unknown {
  if (part !== 'contention' || !header.contention) return header[part] ?? null;
  const { agents, sequences, tenant, gateway } = header.contention;
  return { agents, sequences, tenant, gateway };
}

/** One text for all matches that were played alike. */
function settingsOf(header: Settings): string {
  return canonicalJson(ALIKE.map((part) => partOf(header, part)));
}

/** The first thing that was not alike, with what it is in both; undefined where all of it was. */
export function unlike(header: Settings, like: Settings): { part: string; own: string; other: string } | undefined {
  const said = (settings: Settings, part: (typeof ALIKE)[number]): string => canonicalJson(partOf(settings, part));
  const part = ALIKE.find((each) => said(header, each) !== said(like, each));
  return part === undefined
    ? undefined
    : { part: part === 'player' ? 'configuration (a hash of it)' : part, own: said(header, part), other: said(like, part) };
}

/** The matches that most were played like, the first such ones where several are as many; and the others. */
export function mostAlike<T>(matches: readonly T[], headerOf: (match: T) => Settings): { alike: T[]; others: T[] } {
  const groups = new Map<string, T[]>();
  for (const match of matches) {
    const key = settingsOf(headerOf(match));
    groups.set(key, [...(groups.get(key) ?? []), match]);
  }
  const alike = [...groups.values()].reduce((most, each) => (each.length > most.length ? each : most), []);
  const kept = new Set(alike);
  return { alike, others: matches.filter((match) => !kept.has(match)) };
}

/** Why a match is not counted with others, in words. */
export function unlikeText(header: Settings, like: Settings): string {
  const found = unlike(header, like);
  return found === undefined ? 'alike' : `its ${found.part} is ${found.own}, and ${found.other} in those that are counted`;
}
