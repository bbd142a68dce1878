/**
 * Unscored matches before the first that counts, where a model computes on this machine's cores: until every process has compiled its
 * hot paths, compiling takes processor time beside the requests, which then wait for it.
 */
import type { Trace } from '../../scoring/trace/trace.js';
import { playMatch, type MatchSheet } from '../match/match.js';
import type { MatchServer } from '../protocol/server.js';
import { DISTURBED_SHARE, waitsOf } from '../../scoring/trace/waits.js';

/** Real seconds of a piece, and pieces at most. */
const PIECE_S = 1.2;
const PIECES = 6;
/** Compiling has died down when no larger share of a piece's decisions was disturbed. */
const CALM_SHARE = DISTURBED_SHARE / 3;
/** Seed of the worlds that are warmed up in; a piece adds its number. */
export const WARM_UP_SEED = 7;

/** The share of a match's decisions that the host disturbed. */
function disturbedShare({ header, events }: Trace): number {
  const { measured, disturbed } = waitsOf(events, header.speed);
  return measured === 0 ? 0 : disturbed / measured;
}

/**
 * Plays pieces of a match as `plan` says until one was calm, or no calmer than the one before, since then it is the host that disturbs and not
 * compiling, or some have been played.
 * @param disturbed says what share of a piece's decisions was disturbed @returns how many were played
 */
export async function warmUpMatches(server: MatchServer, plan: MatchSheet, disturbed = disturbedShare): Promise<number> {
  let before = Infinity;
  for (let piece = 1; ; piece++) {
    const enough = AbortSignal.timeout(PIECE_S * 1000);
    const signal = plan.signal ? AbortSignal.any([plan.signal, enough]) : enough;
    const id = `warm-up-${piece}-${plan.id}`;
    const trace = await playMatch(server, { ...plan, id, seed: WARM_UP_SEED + piece, tracePath: undefined, watched: false, signal });
    const share = disturbed(trace);
    if (share <= CALM_SHARE || share >= before || piece === PIECES || plan.signal?.aborted) return piece;
    before = share;
  }
}
