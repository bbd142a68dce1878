/**
 * Unscored matches before the first that counts, where a model computes on this machine's cores: until every process has compiled its
 * hot paths, compiling takes processor time beside the requests, which then wait for it.
 */
import type { Trace, TraceEvent } from '../../scoring/trace/trace.js';
import { playMatch, type MatchSheet } from '../match/match.js';
import type { MatchServer } from '../protocol/server.js';
import { DISTURBED_SHARE, waitsOf } from '../../scoring/trace/waits.js';

/** Measured decisions of a piece, and real seconds at most: a fast model has as much compiled by as many decisions as a slow one. */
const PIECE_DECISIONS = 40;
const PIECE_S = 1.2;
/** Pieces at most. */
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

/** Whether an event ends a decision whose latency is neither given nor that of a human's. */
function isMeasured(event: TraceEvent, { seats }: MatchSheet): boolean {
  return (event.kind === 'act' || event.kind === 'reject' || event.kind === 'miss') && seats[event.seat]!.record.givenUs === undefined;
}

/**
 * Plays pieces of a match as `plan` says until one was calm, or no calmer than the one before, since then it is the host that disturbs and not
 * compiling, or some have been played.
 * @param disturbed says what share of a piece's decisions was disturbed @returns how many were played
 */
export async function warmUpMatches(server: MatchServer, plan: MatchSheet, disturbed = disturbedShare): Promise<number> {
  let before = Infinity;
  for (let piece = 1; ; piece++) {
    const decided = new AbortController();
    const signals = [decided.signal, AbortSignal.timeout(PIECE_S * 1000), ...(plan.signal ? [plan.signal] : [])];
    let decisions = 0;
    const trace = await playMatch(server, {
      ...plan,
      id: `warm-up-${piece}-${plan.id}`,
      seed: WARM_UP_SEED + piece,
      tracePath: undefined,
      watched: false,
      signal: AbortSignal.any(signals),
      onEvent: (event) => {
        if (isMeasured(event, plan) && ++decisions === PIECE_DECISIONS) decided.abort('enough was played');
      },
    });
    const share = disturbed(trace);
    if (share <= CALM_SHARE || share >= before || piece === PIECES || plan.signal?.aborted) return piece;
    before = share;
  }
}
