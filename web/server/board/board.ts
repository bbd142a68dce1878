/** A board put together: its store, its verification, its routes. */
import { join } from 'node:path';
import type { Router } from 'express';
import { shownAddress } from '../../../harness/database/address.js';
import { makeFolder } from '../../../harness/host/folder.js';
import { MOST_BUNDLE } from '../../../harness/submission/bundle.js';
import { PublishedPlans } from '../../../harness/submission/terms.js';
import { Verifier, type VerifyLimits } from '../../../harness/submission/verifier.js';
import { arenaFolder, boardAddress, openBoardDatabase, tracesFolder } from '../store/database.js';
import { drawKey } from '../store/secrets.js';
import { Store } from '../store/store.js';
import { Tokens } from '../store/tokens.js';
import { Arrivals } from '../submissions/arrivals.js';
import { Queue, type Pauses } from '../submissions/queue.js';
import { tidy } from '../submissions/receive.js';
import { BoardFigures } from './figures.js';
import { Guard, type Rates } from './guard.js';
import { boardRoutes } from './routes.js';

export interface BoardSettings {
  /** Its folder: the embedded database, trace files, and what is just being received. */
  folder: string;
  /** The value of DATABASE_URL. */
  databaseUrl?: string;
  /** A folder of plans beside the package's own. */
  plans?: string;
  /** A folder of model folders, by which answers are computed again, beside the package's own. */
  models?: string;
  /** Whether this machine alone can reach it. */
  isLoopback: boolean;
  rates?: Rates;
  limits?: VerifyLimits;
  /** Bytes of a bundle. */
  mostBytes?: number;
  pauses?: Pauses;
  /** Told what went wrong. */
  say: (line: string) => void;
}

export interface Board {
  routes: Router;
  store: Store;
  tokens: Tokens;
  close(): Promise<void>;
}

/** A board that cannot be opened as it was asked for. */
export class BoardError extends Error {
  override name = 'BoardError';
}

/** Opens a board; what is pending is verified from now on. @throws BoardError, DatabaseError, ConfigurationError */
export async function openBoard(settings: BoardSettings): Promise<Board> {
  const { folder, databaseUrl, plans, models, isLoopback, rates, limits, mostBytes = MOST_BUNDLE, pauses, say } = settings;
  const published = new PublishedPlans(plans);
  const database = await openBoardDatabase(folder, databaseUrl);
  try {
    const store = new Store(database.query);
    const tokens = new Tokens(database.query);
    if (!isLoopback && !(await tokens.isAnyGood()))
      throw new BoardError(
        `a board that others can reach takes bundles from holders of tokens only, and none was issued (${shownAddress(boardAddress(folder, databaseUrl))}); ` +
          'run: tickbench board token add NAME, or listen on 127.0.0.1',
      );
    const [incoming, traces] = [join(folder, 'incoming'), tracesFolder(folder)];
    for (const each of [incoming, traces]) makeFolder(each);
    await tidy({ store, incoming, traces });
    // Opening a bundle does not wait until another one is verified.
    const [verifier, opener] = [new Verifier(limits, plans, models === undefined ? [] : [models]), new Verifier(limits, plans)];
    const figures = new BoardFigures(store, () => queue.troubles.postponed);
    const queue = new Queue({
      store,
      verifier,
      published,
      drawKey: await drawKey(database.query),
      traces,
      onTrace: (isAccepted, seconds) => figures.trace(isAccepted, seconds),
      say,
      pauses,
    });
    const guard = new Guard(tokens, isLoopback, rates);
    const routes = boardRoutes({
      store,
      verifier: opener,
      arrivals: new Arrivals(),
      incoming,
      traces,
      mostBytes,
      queue,
      guard,
      figures,
      arena: arenaFolder(folder),
      say,
    });
    queue.wake();
    const close = async (): Promise<void> => {
      const stopped = queue.stop();
      await Promise.all([verifier.close(), opener.close()]);
      await stopped;
      await database.close();
    };
    return { routes, store, tokens, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}
