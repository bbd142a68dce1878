/** What the API was asked, read by its schema. */
import type { Request } from 'express';
import type { z } from 'zod';
import { explain } from '../../../harness/configuration/configuration.js';
import { printable } from '../../../harness/protocol/printable.js';
import { Refusal } from '../store/refusal.js';

/** @param where it stood: query, body, ... @throws Refusal with each thing that is wrong and what is accepted */
export function asked<T>(form: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = form.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal(400, 'bad_request', `${where}: ${printable(explain(parsed.error)).trim().split(/\n\s*/).join('; ')}`);
}

/** The next page's address, as the header Link has it. */
export function nextLink(request: Request, cursor: string): string {
  const url = new URL(request.originalUrl, 'http://x');
  url.searchParams.set('cursor', cursor);
  return `<${url.pathname}${url.search}>; rel="next"`;
}
