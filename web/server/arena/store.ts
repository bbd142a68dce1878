/**
 * What an arena keeps: players, terms, pairings and their matches, in the board's database. A match that ended is written down before anything else is
 * done about it, and its trace file lies in its place before a row names it for good.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Kysely, Selectable } from 'kysely';
import { gamesOf, type GameNumber, type GameOutcome } from '../../../harness/arena/order.js';
import { arenaTermsDigest, type ArenaTerms } from '../../../harness/arena/terms.js';
import { makeFolder } from '../../../harness/host/folder.js';
import { printable } from '../../../harness/protocol/printable.js';
import { bytesHash, syncFolder, tracePlace } from '../../../harness/submission/bundle.js';
import type { BoardTables } from '../store/tables.js';

export type PlayerRow = Selectable<BoardTables['arena_player']>;
export type PairingRow = Selectable<BoardTables['arena_pairing']>;
export type GameRow = Selectable<BoardTables['arena_game']>;

/** A pairing that is not played to its end, with what of it was played. */
export interface OpenPairing extends PairingRow {
  games: GameRow[];
}

/** A match that counts. */
export interface RatedGame {
  pairing: string;
  first: string;
  second: string;
  points: number;
}

/** How often a match is begun before its pairing is given up: what is void here three times would be so again. */
export const MOST_TRIES = 3;
/** Longest reason that is kept, in characters. */
const MOST_WHY = 600;

export class ArenaStore {
  private readonly known = new Map<string, PlayerRow>();

  /** @param traces the folder of all trace files */
  constructor(
    readonly db: Kysely<BoardTables>,
    private readonly traces: string,
  ) {}

  /** The player of these words; made when it is new. */
  async player(task: string, holder: string, name: string): Promise<PlayerRow> {
    const id = createHash('sha256')
      .update(JSON.stringify([task, holder, name]))
      .digest('hex')
      .slice(0, 16);
    const row = { id, task, holder, name, made_at: Date.now() };
    await this.db
      .insertInto('arena_player')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    this.known.set(id, row);
    return row;
  }

  /** Writes terms down. @returns their name */
  async terms(terms: ArenaTerms): Promise<string> {
    const id = arenaTermsDigest(terms);
    await this.db
      .insertInto('arena_terms')
      .values({ id, task: terms.task, terms_json: JSON.stringify(terms), made_at: Date.now() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return id;
  }

  /** The matches by which players are rated: those of pairings that were played to their end. */
  async rated(terms: string): Promise<RatedGame[]> {
    return (await this.db
      .selectFrom('arena_game')
      .innerJoin('arena_pairing', 'arena_pairing.id', 'arena_game.pairing')
      .select(['arena_game.pairing', 'arena_pairing.first', 'arena_pairing.second', 'arena_game.points'])
      .where('arena_pairing.terms', '=', terms)
      .where('arena_pairing.status', '=', 'complete')
      .orderBy('arena_pairing.closed_at')
      .orderBy('arena_game.pairing')
      .orderBy('arena_game.game')
      .execute()) as RatedGame[];
  }

  /** Pairings of these terms that wait for a match of theirs, the oldest first. */
  async open(terms: string): Promise<OpenPairing[]> {
    const pairings = await this.db.selectFrom('arena_pairing').selectAll().where('terms', '=', terms).where('status', '=', 'open').orderBy('made_at').orderBy('id').execute(); // prettier-ignore
    if (pairings.length === 0) return [];
    const ids = pairings.map(({ id }) => id);
    const games = await this.db.selectFrom('arena_game').selectAll().where('pairing', 'in', ids).orderBy('game').execute();
    return pairings.map((pairing) => ({ ...pairing, games: games.filter((game) => game.pairing === pairing.id) }));
  }

  /** Begins a pairing. */
  async begin(terms: string, first: string, second: string, seed: number, chosenBy: string): Promise<OpenPairing> {
    const pairing: PairingRow = {
      id: `p-${randomBytes(6).toString('hex')}`, // a name that says no seed: agents are told it
      ...{ terms, first, second, seed, chosen_by: chosenBy },
      ...{ status: 'open', why: null, made_at: Date.now(), closed_at: null },
    };
    await this.db.insertInto('arena_pairing').values(pairing).execute();
    return { ...pairing, games: [] };
  }

  /** A match of it begins, or begins anew. */
  async gameBegins(pairing: string, game: GameNumber): Promise<void> {
    const fresh = { status: 'playing' as const, why: null, points: null, first_reward: null, second_reward: null, figures_json: null, hash: null, second_hash: null, began_at: Date.now(), ended_at: null }; // prettier-ignore
    await this.db
      .insertInto('arena_game')
      .values({ pairing, game, tries: 1, ...fresh })
      .onConflict((conflict) =>
        conflict.columns(['pairing', 'game']).doUpdateSet((of) => ({ ...fresh, tries: of('arena_game.tries', '+', 1) })),
      )
      .execute();
  }

  /** A match of it ended. Its traces' files are moved to where they stay. */
  async gameEnds(pairing: string, { game, status, why, points, rewards, figures, trace, otherTrace = null }: GameOutcome): Promise<void> {
    const isKept = status !== 'void';
    const hash = await this.keep(trace, isKept, (named) => this.update(pairing, game, { hash: named }));
    const second = await this.keep(otherTrace, isKept, (named) => this.update(pairing, game, { second_hash: named }));
    await this.update(pairing, game, {
      ...{ status, points, hash, second_hash: second, ended_at: Date.now() },
      why: why === null ? null : printable(why).slice(0, MOST_WHY),
      first_reward: rewards?.[0] ?? null,
      second_reward: rewards?.[1] ?? null,
      figures_json: figures === null ? null : JSON.stringify(figures),
    });
  }

  /** Moves a trace's file to where it stays, or takes it away. @param name writes its hash down @returns the hash; null where nothing is kept */
  private async keep(trace: string | null, isKept: boolean, name: (hash: string) => Promise<void>): Promise<string | null> {
    if (trace === null) return null;
    if (!isKept) {
      rmSync(trace, { force: true });
      return null;
    }
    const hash = bytesHash(readFileSync(trace));
    // Named before it is there: whoever tidies the folder up leaves alone what is named.
    await name(hash);
    const place = tracePlace(this.traces, hash);
    makeFolder(dirname(place));
    await rename(trace, place);
    syncFolder(dirname(place));
    return hash;
  }

  /** The matches of a pairing, as far as they were begun. */
  async gamesOf(pairing: string): Promise<GameRow[]> {
    return await this.db.selectFrom('arena_game').selectAll().where('pairing', '=', pairing).orderBy('game').execute();
  }

  /** A pairing's process is gone: the match that was being played is void. */
  async cutOff(pairing: string, why: string): Promise<void> {
    await this.db
      .updateTable('arena_game')
      .set({ status: 'void', why: printable(why).slice(0, MOST_WHY), hash: null, second_hash: null, ended_at: Date.now() })
      .where('pairing', '=', pairing)
      .where('status', '=', 'playing')
      .execute();
  }

  /** Closes a pairing where all its matches were played or forfeited, or it is given up. @returns whether it counts; undefined while it stays open */
  async settle(pairing: string): Promise<boolean | undefined> {
    const games = await this.gamesOf(pairing);
    const { terms_json } = await this.db
      .selectFrom('arena_pairing')
      .innerJoin('arena_terms', 'arena_terms.id', 'arena_pairing.terms')
      .select('arena_terms.terms_json')
      .where('arena_pairing.id', '=', pairing)
      .executeTakeFirstOrThrow();
    const all = gamesOf(JSON.parse(terms_json) as ArenaTerms).length;
    const isDone = games.length === all && games.every(({ status }) => status === 'played' || status === 'forfeited');
    const given = games.find(({ status, tries, game }) => status === 'void' && (game === 0 || tries >= MOST_TRIES));
    if (!isDone && games.length > 0 && !given) return undefined;
    const why = isDone ? null : `its match ${(given?.game ?? 0) + 1} is void: ${given?.why ?? 'it did not begin'}`;
    await this.db
      .updateTable('arena_pairing')
      .set({ status: isDone ? 'complete' : 'void', why, closed_at: Date.now() })
      .where('id', '=', pairing)
      .where('status', '=', 'open')
      .execute();
    return isDone;
  }

  /**
   * After an arena that was killed: what was being played is void. A pairing whose first match was played is gone on with; another one is not, since
   * its players have seen a part of its world.
   * @returns how many matches were cut off
   */
  async recover(): Promise<number> {
    const { numUpdatedRows } = await this.db
      .updateTable('arena_game')
      .set({ status: 'void', why: 'the arena ended while it was played', hash: null, second_hash: null, ended_at: Date.now() })
      .where('status', '=', 'playing')
      .executeTakeFirst();
    const open = await this.db.selectFrom('arena_pairing').select('id').where('status', '=', 'open').execute();
    for (const { id } of open) await this.settle(id);
    return Number(numUpdatedRows);
  }

  private async update(pairing: string, game: GameNumber, set: Partial<GameRow>): Promise<void> {
    await this.db.updateTable('arena_game').set(set).where('pairing', '=', pairing).where('game', '=', game).execute();
  }
}
