/** A board's tables: the same for the embedded database and for a PostgreSQL server. What makes them is in migrations.ts. */
import type { GameOutcome } from '../../../harness/arena/order.js';
import type { Division } from '../../../harness/submission/claims.js';
import type { Purpose } from '../../../harness/submission/manifest.js';

/** Of a submission: waiting for verification, through with it, or refused as a whole. */
type SubmissionStatus = 'pending' | 'verified' | 'refused';
export const ENTRY_STATUSES = ['pending', 'accepted', 'refused', 'withdrawn'] as const;
export type EntryStatus = (typeof ENTRY_STATUSES)[number];
type TraceStatus = 'pending' | 'accepted' | 'refused';
/** Of a pairing in the arena: still to be played to its end, both matches done, or given up. */
export type PairingStatus = 'open' | 'complete' | 'void';
/** Of a match in the arena; see harness/arena/order.ts. */
export type GameStatus = 'playing' | GameOutcome['status'];

/** Times are milliseconds since 1970; what ends in `_json` is JSON as text. */
export interface BoardTables {
  submission: {
    id: string;
    bundle_hash: string;
    key: string;
    /** Whose token it came with; `local` where none was asked for. */
    holder: string;
    submitter: string;
    contact: string | null;
    program: string;
    plan: string;
    /** The bytes that were signed, and the signature. */
    manifest_json: string;
    signature: string;
    bytes: number;
    received_at: number;
    status: SubmissionStatus;
    why: string | null;
    settled_at: number | null;
  };
  entry: {
    id: string;
    submission: string;
    ordinal: number;
    task: string;
    rules: string;
    plan: string;
    /** See `termsDigest`: entries of the same are played alike. */
    terms: string;
    division: Division;
    kind: 'model' | 'bot';
    name: string;
    about_json: string;
    configuration_json: string;
    status: EntryStatus;
    why: string | null;
    /** Of one that is withdrawn: what the operator withdrew does not come in again. */
    withdrawn_by: 'submitter' | 'operator' | null;
    /** The mean reward, to order by. */
    reward: number | null;
    figures_json: string | null;
    /** What came of computing an embedded model's answers again; null where it was not tried. */
    answers_json: string | null;
    /** In the division `reference` the host that measured, by name, and all that it was measured by. */
    host: string | null;
    measured_json: string | null;
    received_at: number;
    changed_at: number;
  };
  trace: {
    entry: string;
    ordinal: number;
    seed: number;
    purpose: Purpose;
    hash: string;
    text_hash: string | null;
    play_hash: string | null;
    status: TraceStatus;
    why: string | null;
  };
  token: {
    id: string;
    holder: string;
    /** Words with commas between. */
    scopes: string;
    /** SHA-256 of its secret part. */
    hash: string;
    made_at: number;
    revoked_at: number | null;
    /** From then on it opens nothing; null: it does until it is revoked. */
    expires_at: number | null;
  };
  /** Who plays in the arena: a holder's agent of one name, on one task. */
  arena_player: {
    id: string;
    task: string;
    holder: string;
    name: string;
    made_at: number;
  };
  /** What is shared by those who are rated together; see `arenaTermsDigest`. */
  arena_terms: {
    id: string;
    task: string;
    terms_json: string;
    made_at: number;
  };
  /** Two players on one seed: two matches with sides swapped, or one in which each plays alone. */
  arena_pairing: {
    id: string;
    terms: string;
    first: string;
    second: string;
    /** Told to nobody while the pairing is open. */
    seed: number;
    /** By which rule it was chosen; see scoring/ratings/pairing.ts. */
    chosen_by: string;
    status: PairingStatus;
    why: string | null;
    made_at: number;
    closed_at: number | null;
  };
  arena_game: {
    pairing: string;
    /** 0: the first player has the first seat; 1: the other one. */
    game: number;
    status: GameStatus;
    why: string | null;
    /** How often it was begun. */
    tries: number;
    /** Of the first player. */
    points: number | null;
    first_reward: number | null;
    second_reward: number | null;
    /** Of both, in the order of the pairing; see `AgentFigures`. */
    figures_json: string | null;
    /** Of the trace's file; of the first player's, where each played alone. */
    hash: string | null;
    /** Of the second player's, where each played alone. */
    second_hash: string | null;
    began_at: number;
    ended_at: number | null;
  };
  /** What is told to nobody (see secrets.ts). */
  secret: {
    name: string;
    value: string;
  };
  audit: {
    /** In the order in which they came. */
    id: string;
    at: number;
    who: string;
    what: string;
    subject: string;
    detail: string;
  };
}

/** Tables of which a backup holds the rows, in an order in which they can be put in: all but `secret`, which every board makes for itself. */
export const TABLES = [
  'token',
  'submission',
  'entry',
  'trace',
  'arena_player',
  'arena_terms',
  'arena_pairing',
  'arena_game',
  'audit',
] as const satisfies readonly (keyof BoardTables)[];
