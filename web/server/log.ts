/**
 * What a server tells its operator on standard error: what went wrong, a sentence a line; or, for programs that gather logs, a JSON object a line, with
 * every request that was answered among them.
 */
import type { RequestHandler } from 'express';
import { printable } from '../../harness/protocol/printable.js';

export const LOG_FORMS = ['text', 'json'] as const;
export type LogForm = (typeof LOG_FORMS)[number];

/** Longest path that is told, in characters. */
const MOST_PATH = 500;

export class Log {
  /** @param out where a line is written, with its end */
  constructor(
    private readonly form: LogForm,
    private readonly out: (line: string) => void = (line) => void process.stderr.write(line),
  ) {}

  /** Something went wrong, or the operator has to know it. */
  readonly say = (message: string): void => {
    if (this.form === 'text') this.out(`${message}\n`);
    else this.json('warning', { message });
  };

  /**
   * Tells of each request once it is over: method, path without its query, status, milliseconds, bytes that were promised, and the address that it came
   * from; `isCutOff` where whoever asked was gone before the end. Nothing as text.
   */
  readonly requests: RequestHandler = (request, response, next) => {
    if (this.form === 'json') {
      const since = performance.now();
      const [path = ''] = request.originalUrl.split('?', 1);
      response.once('close', () => {
        const bytes = Number(response.getHeader('content-length'));
        this.json('info', {
          message: 'request',
          method: request.method,
          path: path.slice(0, MOST_PATH),
          status: response.statusCode,
          ms: Number((performance.now() - since).toFixed(1)),
          ...(Number.isFinite(bytes) ? { bytes } : {}),
          from: request.socket.remoteAddress ?? '',
          ...(response.writableFinished ? {} : { isCutOff: true }),
        });
      });
    }
    next();
  };

  private json(level: 'info' | 'warning', fields: Record<string, unknown>): void {
    this.out(`${printable(JSON.stringify({ at: new Date().toISOString(), level, ...fields }))}\n`);
  }
}
