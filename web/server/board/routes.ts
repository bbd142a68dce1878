/** The API under /api/v1, and the board's metrics: what may be asked, and in which form it is answered. */
import type { z } from 'zod';
import express, { Router, type NextFunction, type Request, type Response } from 'express';
import { sha256Text } from '../../../harness/submission/manifest.js';
import { tracePlace } from '../../../harness/submission/bundle.js';
import { printable } from '../../../harness/protocol/printable.js';
import { matchesByTrace } from '../leaderboard/arena-matches.js';
import { entriesCsv } from '../leaderboard/csv.js';
import { auditCsv, tablesCsv } from '../leaderboard/live-csv.js';
import type { ToldTable } from '../leaderboard/entries.js';
import { auditLines, bestEntries, newestEntries, tablesOf, type ListedEntry } from '../leaderboard/queries.js';
import { liveTables } from '../leaderboard/ratings.js';
import { RecentAnswers } from '../leaderboard/recent.js';
import { Refusal } from '../store/refusal.js';
import { receive, type ReceiveSettings } from '../submissions/receive.js';
import type { Queue } from '../submissions/queue.js';
import { asked, nextLink } from './asked.js';
import type { BoardFigures } from './figures.js';
import { auditQuery, entriesQuery, idText, leaderboardQuery, withdrawBody } from './forms.js';
import type { Guard } from './guard.js';
import { liveRoutes, shownMatch } from './live-routes.js';
import { openApiDocument } from './openapi.js';
import { shownEntry, shownSubmission, shownTrace } from './shown.js';

/** What the routes stand on. */
export interface Parts extends ReceiveSettings {
  queue: Queue;
  guard: Guard;
  figures: BoardFigures;
  /** The folder of the arena that plays for it. */
  arena: string;
  /** Told of what went wrong here. */
  say(line: string): void;
}

/** The board's routes; mounted at the root of a site. */
export function boardRoutes(parts: Parts): Router {
  const { store, queue, guard, figures } = parts;
  const api = Router();
  api.use(guard.reads);
  api.use((_request, response, next) => {
    // Whoever asks again is told at once that nothing changed.
    response.set('cache-control', 'no-cache');
    next();
  });
  const document = openApiDocument();
  api.get('/openapi.json', (_request, response) => void response.json(document));
  const recent = new RecentAnswers(() => store.version);
  api.get('/leaderboard', async (request, response) => {
    const query = asked(leaderboardQuery, request.query, 'query');
    const { text, etag, next } = await recent.of(`leaderboard ${JSON.stringify(query)}`, async () => {
      const { rows, next } = await best(parts, query);
      return { text: JSON.stringify({ rows: rows.map(shownEntry), next }), next };
    });
    if (next !== null) response.set('link', nextLink(request, next));
    response.set('etag', etag).type('application/json').send(text);
  });
  api.get('/leaderboard.csv', async (request, response) => {
    const { rows, next } = await best(parts, asked(leaderboardQuery, request.query, 'query'));
    if (next !== null) response.set('link', nextLink(request, next));
    response.type('text/csv').send(entriesCsv(rows.map(shownEntry)));
  });
  api.get('/tables', async (_request, response) => {
    const { text, etag } = await recent.of('tables', async () => ({
      text: JSON.stringify({ tables: await allTables(parts) }),
      next: null,
    }));
    response.set('etag', etag).type('application/json').send(text);
  });
  api.get('/tables.csv', async (_request, response) => void response.type('text/csv').send(tablesCsv(await allTables(parts))));
  const entriesPage = async (request: Request, response: Response) => {
    const { limit, cursor, ...filter } = asked(entriesQuery, request.query, 'query');
    const { entries, next } = await newestEntries(store.db, filter, limit, cursor);
    if (next !== null) response.set('link', nextLink(request, next));
    return { entries: entries.map(shownEntry), next };
  };
  api.get('/entries', async (request, response) => void response.json(await entriesPage(request, response)));
  api.get('/entries.csv', async (request, response) => {
    const { entries } = await entriesPage(request, response);
    response.type('text/csv').send(entriesCsv(entries));
  });
  api.get('/entries/:id', async (request, response) => {
    const row = await entryOf(parts, request);
    const traces = await store.tracesOf(row.id);
    response.json({ ...shownEntry(row), configuration: JSON.parse(row.configuration_json) as unknown, traces: traces.map(shownTrace) });
  });
  api.post('/entries/:id/withdraw', guard.wrongTokens, express.json({ limit: '4kb' }), async (request, response) => {
    const caller = await guard.caller(request, 'submit');
    const { id } = await entryOf(parts, request);
    const { why } = asked(withdrawBody, request.body ?? {}, 'body');
    await store.withdraw(id, caller, why ?? null);
    response.json(shownEntry(await entryOf(parts, request)));
  });
  api.post('/submissions', guard.bundles, guard.wrongTokens, async (request, response) => {
    try {
      const caller = await guard.caller(request, 'submit');
      const id = await receive(request, caller, parts);
      figures.bundle('accepted');
      queue.wake();
      response
        .status(202)
        .set('location', `/api/v1/submissions/${id}`)
        .json(await submissionOf(parts, id));
    } catch (error) {
      figures.bundle(error instanceof Refusal ? error.code : 'failed');
      // What is left of the body is not read: the connection ends with the answer.
      if (!request.complete) response.set('connection', 'close');
      throw error;
    }
  });
  api.get(
    '/submissions/:id',
    async (request, response) => void response.json(await submissionOf(parts, asked(idText, request.params.id, 'id'))),
  );
  api.get('/submissions/:id/manifest', async (request, response) => {
    const row = await store.submission(asked(idText, request.params.id, 'id'));
    if (!row) throw new Refusal(404, 'no_submission', 'no such submission');
    response.type('application/json').set('x-signature', row.signature).send(row.manifest_json);
  });
  api.get('/traces/:hash', async (request, response) => {
    const { hash, rows, matches } = await traceOf(parts, request);
    response.json({ hash, ...(matches.length > 0 ? { matches: matches.map(shownMatch) } : {}), uses: rows.map(({ entry, task, name, seed, purpose, status, why }) => ({ entry, task, name, seed, purpose, status, why })) }); // prettier-ignore
  });
  api.get('/traces/:hash/file', async (request, response, next) => {
    const { hash } = await traceOf(parts, request);
    response.type('application/gzip').set('content-disposition', `attachment; filename="${hash}.jsonl.gz"`);
    response.sendFile(tracePlace(parts.traces, hash), { dotfiles: 'allow' }, (error?: Error & { status?: number }) => {
      if (!error || response.headersSent) return;
      if (error.status !== 404) return next(error);
      parts.say(`board: ${tracePlace(parts.traces, hash)}: the file of a trace is not there`);
      next(new Refusal(404, 'no_file', 'the file of this trace is not there, though it should be; the operator is told'));
    });
  });
  const auditPage = async (request: Request, response: Response) => {
    await guard.caller(request, 'operate');
    const { limit, cursor } = asked(auditQuery, request.query, 'query');
    const { rows, next } = await auditLines(store.db, limit, cursor);
    if (next !== null) response.set('link', nextLink(request, next));
    return { lines: rows.map(({ at, who, what, subject, detail }) => ({ at: new Date(at).toISOString(), who, what, subject, detail })), next }; // prettier-ignore
  };
  api.get('/audit', guard.wrongTokens, async (request, response) => void response.json(await auditPage(request, response)));
  api.get('/audit.csv', guard.wrongTokens, async (request, response) => {
    const { lines } = await auditPage(request, response);
    response.type('text/csv').send(auditCsv(lines));
  });
  api.use(liveRoutes(store.db, parts.arena));
  api.use((request) => {
    throw new Refusal(404, 'not_here', `${request.method} is not answered there; /api/v1/openapi.json lists what is`);
  });
  const routes = Router();
  routes.get('/ready', guard.checks, async (_request, response) => {
    await store.db.selectFrom('submission').select('id').limit(1).execute();
    response.set('cache-control', 'no-store').json({ ready: true, verification: verificationState(queue) });
  });
  routes.get('/metrics', guard.checks, guard.wrongTokens, async (request, response) => {
    await guard.caller(request, 'operate');
    response.type(figures.contentType).send(await figures.text());
  });
  routes.use('/api/v1', api);
  routes.use(answerError(parts));
  return routes;
}

/** What is said of verification while a board answers; the reasons of a failure are the operator's. */
function verificationState({ troubles: { postponed, isStoreSilent } }: Queue): { ok: boolean; postponed: number; why: string | null } {
  const count = postponed === 1 ? 'a submission' : `${postponed} submissions`;
  const why = isStoreSilent
    ? 'the database did not answer; it is asked again'
    : postponed > 0
      ? `verifying ${count} failed here, by no fault of what was submitted; it is tried again`
      : null;
  return { ok: why === null, postponed, why };
}

async function best({ store }: Parts, query: z.infer<typeof leaderboardQuery>): Promise<{ rows: ListedEntry[]; next: string | null }> {
  const { limit, cursor, kind, ...filter } = query;
  const { entries, next } = await bestEntries(store.db, { ...filter, ...(kind === 'all' ? {} : { kind }) }, limit, cursor);
  return { rows: entries, next };
}

/** Tables of entries, then those of the live division. */
async function allTables({ store }: Parts): Promise<ToldTable[]> {
  return [...(await tablesOf(store.db)), ...(await liveTables(store.db))];
}

async function entryOf({ store }: Parts, request: Request): Promise<ListedEntry> {
  const row = await store.entry(asked(idText, request.params.id, 'id'));
  if (!row) throw new Refusal(404, 'no_entry', 'no such entry');
  return row;
}

async function traceOf({ store }: Parts, request: Request) {
  const hash = asked(sha256Text, request.params.hash, 'hash');
  const [rows, matches] = [await store.tracesByHash(hash), await matchesByTrace(store.db, hash)];
  if (rows.length === 0 && matches.length === 0) throw new Refusal(404, 'no_trace', 'no such trace');
  return { hash, rows, matches };
}

async function submissionOf({ store, queue }: Parts, id: string) {
  const row = await store.submission(id);
  if (!row) throw new Refusal(404, 'no_submission', 'no such submission');
  const entries = await store.entriesOf(id);
  const withTraces = await Promise.all(entries.map(async (entry) => ({ ...entry, traces: await store.tracesOf(entry.id) })));
  return shownSubmission(row, withTraces, queue.progressOf(id), queue.isPostponed(id));
}

/** Express tells four parameters apart from three: this one answers what went wrong, in words; what went wrong here, without its details. */
function answerError({ say }: Parts) {
  return (error: Error & { status?: number }, _request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) return next(error);
    if (error instanceof Refusal) {
      if (error.retryAfterS !== undefined) response.set('retry-after', String(error.retryAfterS));
      if (error.status === 401) response.set('www-authenticate', 'Bearer');
      return void response.status(error.status).json({ error: { code: error.code, message: error.message } });
    }
    const status = error.status ?? 500;
    if (status < 500) return void response.status(status).json({ error: { code: 'bad_request', message: `the request cannot be answered: ${printable(error.message)}` } }); // prettier-ignore
    say(`board: ${error.message}`);
    response.status(500).json({ error: { code: 'failed', message: 'this board could not do it; its operator is told why' } });
  };
}
