/** The page's HTTP side: the built client, finished sweeps and their reports, recorded matches, and a health line. */
import express, { type Express, type NextFunction, type Router, type Request, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import type { AllowedNames } from '../../harness/protocol/names.js';
import type { Log } from './log.js';
import type { Relay } from './relay.js';
import { findReport, listSweeps } from './sweeps.js';
import { findTrace, MatchList } from './traces.js';

export interface SiteOptions {
  /** The folder of the built client. */
  client: string;
  /** The folder that holds finished sweeps; absent: none are listed. */
  results?: string;
  /** The board's routes; absent: this server keeps none. */
  board?: Router;
  /** Who may ask. */
  names: AllowedNames;
  log: Log;
}

/** What reads folders may be asked so often a minute from one address. */
const FOLDER_READS_PER_MINUTE = 600;

/** A report is data from a folder: it may draw, but run and load nothing. */
const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox";
/** A page may run what is in it, such as the sorting of its tables, as a stranger to this one: it reaches nobody. */
const PAGE_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; sandbox allow-scripts";

export function createSite(options: SiteOptions, relay: Relay): Express {
  const site = express();
  site.disable('x-powered-by');
  site.use(options.log.requests);
  site.use(
    helmet({
      contentSecurityPolicy: {
        directives: {
          connectSrc: ["'self'", 'ws:', 'wss:'],
          fontSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          // Some elements carry their style themselves; scripts never stand in a page.
          styleSrc: ["'self'", "'unsafe-inline'"],
          upgradeInsecureRequests: null,
        },
      },
      // The page is served over plain HTTP, where these headers do nothing but make browsers complain.
      strictTransportSecurity: false,
      crossOriginOpenerPolicy: false,
      originAgentCluster: false,
    }),
  );
  site.use((request, response, next) => {
    const fault = options.names.fault(request.headers);
    if (fault === null) return next();
    response.status(403).type('text').send(`${fault}\n`);
  });
  if (options.board) site.use(options.board);
  site.use(
    ['/api', '/results', '/traces'],
    rateLimit({
      windowMs: 60_000,
      limit: FOLDER_READS_PER_MINUTE,
      standardHeaders: true,
      legacyHeaders: false,
      message: `more than ${FOLDER_READS_PER_MINUTE} requests a minute from one address; try again later\n`,
      validate: false, // it would print stacks about proxies, which this server does not ask about
    }),
  );
  site.get('/health', (_request, response) => {
    response.json({ ok: true, board: options.board !== undefined, ...relay.counts() });
  });
  site.get('/api/sweeps', async (_request, response) => {
    response.set('cache-control', 'no-store').json(options.results === undefined ? [] : await listSweeps(options.results));
  });
  site.get('/results/:sweep/:file', async (request, response) => {
    const report = options.results === undefined ? undefined : await findReport(options.results, request.params.sweep, request.params.file);
    if (!report) {
      response.status(404).type('text').send('no such report; GET /api/sweeps lists those there are\n');
      return;
    }
    response.set('content-security-policy', report.file.endsWith('.html') ? PAGE_POLICY : REPORT_POLICY).set('cache-control', 'no-cache');
    response.sendFile(report.file, { root: report.folder });
  });
  const matches = options.results === undefined ? undefined : new MatchList(options.results);
  site.get('/api/traces', async (_request, response) => {
    // A thousand matches are much to send every few seconds: a browser that has the list is told that it is still so.
    response.set('cache-control', 'no-cache').json((await matches?.newest()) ?? []);
  });
  site.get('/traces/*path', async (request, response) => {
    const path = options.results === undefined ? undefined : await findTrace(options.results, request.params.path.join('/'));
    if (path === undefined) {
      response.status(404).type('text').send('no such trace, or its match has not ended; GET /api/traces lists those there are\n');
      return;
    }
    // Sent as the bytes it is: the page unpacks it, and sees where a damaged one ends.
    response.type('application/octet-stream').set('cache-control', 'no-cache').sendFile(path, { root: options.results! });
  });
  site.use(express.static(options.client, { index: 'index.html', dotfiles: 'ignore' }));
  site.use((_request, response) => {
    response.status(404).type('text').send('not here; the page is at /\n');
  });
  // Express tells four parameters apart from three: this one answers what went wrong, in words.
  site.use((error: Error & { status?: number }, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const status = error.status ?? 500;
    response
      .status(status)
      .type('text')
      .send(status < 500 ? `the request cannot be answered: ${error.message}\n` : 'this could not be read\n');
  });
  return site;
}
