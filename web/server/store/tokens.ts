/** Tokens: who may do what. Issued once by the operator, kept as a hash, shown again to nobody. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import { audited } from './audit.js';
import { Refusal } from './refusal.js';
import type { BoardTables } from './tables.js';

/**
 * `submit`: send bundles, withdraw one's own entries. `operate`: withdraw any, read the audit log and the figures for Prometheus. `play`: have an agent
 * in the arena.
 */
export const SCOPES = ['submit', 'operate', 'play'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks: a token's holder, or whoever sits at this machine. */
export interface Caller {
  /** The token's, which is no secret; empty where none was asked for. */
  id: string;
  holder: string;
  scopes: readonly Scope[];
}

/** A token as it is listed: without its secret, which nobody has but its holder. */
export interface ListedToken {
  id: string;
  holder: string;
  scopes: string;
  madeAt: number;
  revokedAt: number | null;
  /** From then on it opens nothing; null: never by itself. */
  expiresAt: number | null;
}

const FORM = /^tbk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
/** Who asks where no token is asked for. */
export const LOCAL: Caller = { id: '', holder: 'local', scopes: SCOPES };
/** Whose the entries are that the board measured itself: no token is issued under this name. */
export const BOARD: Caller = { id: '', holder: 'board', scopes: [] };

const hashed = (secret: string): string => createHash('sha256').update(secret).digest('hex');

export class Tokens {
  /** @param now milliseconds since 1970: by this clock tokens expire */
  constructor(
    private readonly db: Kysely<BoardTables>,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Issues one. @returns the token: the only time that it is told
   * @param holder a name that is not `local` @param expiresAt from when it opens nothing, milliseconds since 1970; null: never by itself
   */
  async add(holder: string, scopes: readonly Scope[], expiresAt: number | null = null): Promise<{ id: string; token: string }> {
    const [id, secret] = [randomBytes(6).toString('hex'), randomBytes(32).toString('base64url')];
    await this.db.transaction().execute(async (db) => {
      await db.insertInto('token').values({ id, holder, scopes: scopes.join(','), hash: hashed(secret), made_at: this.now(), revoked_at: null, expires_at: expiresAt }).execute(); // prettier-ignore
      await audited(
        db,
        'operator',
        'token added',
        id,
        `for ${holder}, ${scopes.join(' and ')}${expiresAt === null ? '' : `, until ${new Date(expiresAt).toISOString()}`}`,
      );
    });
    return { id, token: `tbk_${id}_${secret}` };
  }

  async list(): Promise<ListedToken[]> {
    const rows = await this.db.selectFrom('token').selectAll().orderBy('made_at').execute();
    return rows.map(({ id, holder, scopes, made_at, revoked_at, expires_at }) => ({
      ...{ id, holder, scopes, madeAt: made_at, revokedAt: revoked_at, expiresAt: expires_at },
    }));
  }

  /** Takes one back: from now on it opens nothing. @returns false when there is none of that id that is still good */
  async revoke(id: string): Promise<boolean> {
    return await this.db.transaction().execute(async (db) => {
      const { numUpdatedRows } = await db.updateTable('token').set({ revoked_at: this.now() }).where('id', '=', id).where('revoked_at', 'is', null).executeTakeFirst(); // prettier-ignore
      if (numUpdatedRows === 0n) return false;
      await audited(db, 'operator', 'token revoked', id);
      return true;
    });
  }

  /** Whether any token was ever issued: from then on one is asked for. */
  async isAny(): Promise<boolean> {
    return (await this.db.selectFrom('token').select('id').limit(1).execute()).length > 0;
  }

  /** Whether anybody holds a token that is still good. @param scope and is for this */
  async isAnyGood(scope?: Scope): Promise<boolean> {
    const rows = await this.db.selectFrom('token').select(['scopes', 'expires_at']).where('revoked_at', 'is', null).execute();
    return rows.some((row) => !this.isExpired(row) && (scope === undefined || row.scopes.split(',').includes(scope)));
  }

  /** Why the token of this id opens nothing any more, in words; null while it is good. */
  async whyNot(id: string): Promise<string | null> {
    const row = await this.db.selectFrom('token').select(['revoked_at', 'expires_at']).where('id', '=', id).executeTakeFirst();
    if (!row || row.revoked_at !== null) return 'the token was revoked';
    return this.isExpired(row) ? `the token expired at ${new Date(row.expires_at!).toISOString()}` : null;
  }

  private isExpired({ expires_at }: { expires_at: number | null }): boolean {
    return expires_at !== null && this.now() >= expires_at;
  }

  /** Who shows this token. @throws Refusal when nobody may who does */
  async caller(text: string): Promise<Caller> {
    const [, id, secret] = FORM.exec(text) ?? [];
    const row = id === undefined ? undefined : await this.db.selectFrom('token').selectAll().where('id', '=', id).executeTakeFirst();
    const isIts = row !== undefined && timingSafeEqual(Buffer.from(hashed(secret!), 'hex'), Buffer.from(row.hash, 'hex'));
    if (!isIts) throw new Refusal(401, 'unknown_token', 'this token is none of this board; the operator issues them');
    if (row.revoked_at !== null) throw new Refusal(401, 'revoked_token', 'this token was revoked; the operator issues others');
    if (this.isExpired(row))
      throw new Refusal(
        401,
        'expired_token',
        `this token expired at ${new Date(row.expires_at!).toISOString()}; the operator issues others`,
      );
    return {
      id: row.id,
      holder: row.holder,
      scopes: row.scopes.split(',').filter((each): each is Scope => (SCOPES as readonly string[]).includes(each)),
    };
  }
}
