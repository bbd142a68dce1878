/**
 * Unscored matches before the first that counts, where a model computes on this machine's cores: until every process has compiled its
 * hot paths, compiling takes processor time beside the requests, which are then contended.
 */
import { playMatch, type MatchSheet } from '../match/match.js';
import type { MatchServer } from '../protocol/server.js';
import { CONTENDED_SHARE, contendedRequests } from '../match/verdict.js';

/** Real seconds of a piece, and pieces at most. */
const PIECE_S = 1.2;
const PIECES = 6;
/** Compiling has died down when no larger share of a piece's requests is contended. */
const CALM_SHARE = CONTENDED_SHARE / 3;
/** Seed of the worlds that are warmed up in; a piece adds its number. */
export const WARM_UP_SEED = 7;

/** Plays pieces of a match as `plan` says until one was calm, or some have been played. @returns how many */
export async function warmUpMatches(server: MatchServer, plan: MatchSheet): Promise<number> {
  for (let piece = 1; ; piece++) {
    const enough = AbortSignal.timeout(PIECE_S * 1000);
    const signal = plan.signal ? AbortSignal.any([plan.signal, enough]) : enough;
    const id = `warm-up-${piece}-${plan.id}`;
    const { events } = await playMatch(server, { ...plan, id, seed: WARM_UP_SEED + piece, tracePath: undefined, watched: false, signal });
    const { requests, count } = contendedRequests(events);
    if (count <= CALM_SHARE * requests || piece === PIECES || plan.signal?.aborted) return piece;
  }
}
