/** Asking the board's API (`/api/v1/openapi.json`). Its answers have the types by which the server makes them: see web/server/leaderboard/. */

/** Asks the board. @throws Error with the server's own words */
export async function ask<T>(path: string): Promise<T> {
  const response = await fetch(`api/v1/${path}`);
  const body = (await response.json().catch(() => undefined)) as { error?: { message?: string } } | undefined;
  if (!response.ok) throw new Error(body?.error?.message ?? `the server says ${response.status}`);
  return body as T;
}
