/** The API's OpenAPI document, from the schemas that it is checked by. */
import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { sha256Text } from '../../../harness/submission/manifest.js';
import { packageVersion } from '../../../harness/host/root.js';
import * as forms from './forms.js';
import * as live from './live-forms.js';

const json = (schema: z.ZodType, description: string) => ({ description, content: { 'application/json': { schema } } });
const refused = (description: string) => json(forms.errorForm, description);
const csv = (description: string) => ({ description, content: { 'text/csv': { schema: z.string() } } });
const csvPage = csv('A page; the header Link names the next');
const bearer = [{ token: [] }];

/** Every path; what else refuses is the same everywhere: 400 for a value that is not accepted, 429 for too many requests. */
const ROUTES: readonly RouteConfig[] = [
  { method: 'get', path: '/leaderboard', summary: 'Accepted entries, the best first', request: { query: forms.leaderboardQuery }, responses: { 200: json(forms.leaderboardForm, 'A page'), 304: { description: 'As it was' }, 400: refused('Not accepted') } }, // prettier-ignore
  { method: 'get', path: '/leaderboard.csv', summary: 'The same as CSV', request: { query: forms.leaderboardQuery }, responses: { 200: csvPage, 400: refused('Not accepted') } }, // prettier-ignore
  { method: 'get', path: '/tables', summary: 'Which tables there are: by task, rules version, plan, division and, in the division reference, host', responses: { 200: json(forms.tablesForm, 'All of them') } }, // prettier-ignore
  { method: 'get', path: '/tables.csv', summary: 'The same as CSV', responses: { 200: csv('All of them') } },
  { method: 'get', path: '/entries', summary: 'Entries of every status, the newest first', request: { query: forms.entriesQuery }, responses: { 200: json(forms.entriesForm, 'A page'), 400: refused('Not accepted') } }, // prettier-ignore
  { method: 'get', path: '/entries.csv', summary: 'The same as CSV', request: { query: forms.entriesQuery }, responses: { 200: csvPage, 400: refused('Not accepted') } }, // prettier-ignore
  { method: 'get', path: '/entries/{id}', summary: 'An entry with its traces', request: { params: z.object({ id: forms.idText }) }, responses: { 200: json(forms.entryWithTraces, 'It'), 404: refused('None of that id') } }, // prettier-ignore
  { method: 'post', path: '/entries/{id}/withdraw', summary: 'Take an entry back', security: bearer, request: { params: z.object({ id: forms.idText }), body: { required: false, content: { 'application/json': { schema: forms.withdrawBody } } } }, responses: { 200: json(forms.entryForm, 'It, withdrawn'), 401: refused('No token of this board'), 403: refused("Another holder's"), 404: refused('None of that id'), 409: refused('Refused or withdrawn already') } }, // prettier-ignore
  { method: 'post', path: '/submissions', summary: 'Submit a bundle', security: bearer, request: { body: { required: true, content: { 'application/x-tar': { schema: z.string().meta({ format: 'binary' }) } } } }, responses: { 202: json(forms.submissionForm, 'It is kept, and waits for verification'), 401: refused('No token of this board'), 403: refused('Not allowed'), 409: refused('Received before'), 411: refused('Of no known length'), 413: refused('Too large'), 415: refused('No bundle'), 422: refused('A bundle that is not accepted: nothing of it is kept'), 429: refused('Too many') } }, // prettier-ignore
  { method: 'get', path: '/submissions/{id}', summary: 'How far a submission is', request: { params: z.object({ id: forms.idText }) }, responses: { 200: json(forms.submissionForm, 'It'), 404: refused('None of that id') } }, // prettier-ignore
  { method: 'get', path: '/submissions/{id}/manifest', summary: 'What a bundle said of itself, as the bytes that were signed; the header X-Signature has the signature', request: { params: z.object({ id: forms.idText }) }, responses: { 200: { description: 'It', content: { 'application/json': { schema: z.unknown() } } }, 404: refused('None of that id') } }, // prettier-ignore
  { method: 'get', path: '/traces/{hash}', summary: 'Where a trace belongs', request: { params: z.object({ hash: sha256Text }) }, responses: { 200: json(forms.traceForm, 'It'), 404: refused('None of that hash') } }, // prettier-ignore
  { method: 'get', path: '/traces/{hash}/file', summary: "A trace's file, to be played again: tickbench replay", request: { params: z.object({ hash: sha256Text }) }, responses: { 200: { description: 'It', content: { 'application/gzip': { schema: z.string().meta({ format: 'binary' }) } } }, 404: refused('None of that hash') } }, // prettier-ignore
  { method: 'get', path: '/ratings', summary: 'Ratings of the live division, by component, the strongest first', request: { query: live.ratingsQuery }, responses: { 200: json(live.ratingsForm, 'They'), 400: refused('Not accepted'), 404: refused('Nobody has played this') } }, // prettier-ignore
  { method: 'get', path: '/ratings.csv', summary: 'The same as CSV, a row for each player', request: { query: live.ratingsQuery }, responses: { 200: csv('They'), 400: refused('Not accepted'), 404: refused('Nobody has played this') } }, // prettier-ignore
  { method: 'get', path: '/arena/matches', summary: 'Matches of the arena, the newest first', request: { query: live.arenaMatchesQuery }, responses: { 200: json(live.arenaMatchesForm, 'A page'), 400: refused('Not accepted') } }, // prettier-ignore
  { method: 'get', path: '/arena/matches.csv', summary: 'The same as CSV', request: { query: live.arenaMatchesQuery }, responses: { 200: csvPage, 400: refused('Not accepted') } }, // prettier-ignore
  { method: 'get', path: '/arena/running', summary: 'Matches that are being played now, and where they are watched', responses: { 200: json(live.runningForm, 'They') } }, // prettier-ignore
  { method: 'get', path: '/audit', summary: 'What was done, the newest first', security: bearer, request: { query: forms.auditQuery }, responses: { 200: json(forms.auditForm, 'A page'), 400: refused('Not accepted'), 403: refused('No token for it') } }, // prettier-ignore
  { method: 'get', path: '/audit.csv', summary: 'The same as CSV', security: bearer, request: { query: forms.auditQuery }, responses: { 200: csvPage, 400: refused('Not accepted'), 403: refused('No token for it') } }, // prettier-ignore
];

/** The document. */
export function openApiDocument(): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token from the operator of the board.',
  });
  for (const route of ROUTES) registry.registerPath(route);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Tickbench board', version: packageVersion(), description: 'Entries whose every match the board has played again. Latencies are claims of the submitter, and so are answers that were not computed again; in the division reference the board measured them itself.' }, // prettier-ignore
    servers: [{ url: '/api/v1' }],
  });
}
