/** A client of the gateway in tests: one request, every byte of its answer, and a way to hang up. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  /** The answer came to its end; else the connection was cut. */
  whole: boolean;
}

const agent = new Agent({ keepAlive: true, maxSockets: 4096 });

/** Sends one request. @param hangUp aborted: the client goes away, and nothing of the answer comes any more */
export function ask(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
    hangUp,
  }: { method?: string; headers?: Record<string, string>; body?: string; hangUp?: AbortSignal } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, agent, headers, signal: hangUp }, (response) => {
      const pieces: Buffer[] = [];
      const end = (whole: boolean): void =>
        resolve({ status: response.statusCode!, headers: response.headers, bytes: Buffer.concat(pieces), whole });
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => end(response.complete));
      response.on('error', () => end(false));
    });
    request.on('error', (error) =>
      hangUp?.aborted ? resolve({ status: 0, headers: {}, bytes: Buffer.alloc(0), whole: false }) : reject(error),
    );
    request.end(body);
  });
}

/** A chat completion asked for. @param more further fields of the body */
export function chat(
  url: string,
  prompt: string,
  headers: Record<string, string> = {},
  more: Record<string, unknown> = {},
  hangUp?: AbortSignal,
): Promise<Answered> {
  // prettier-ignore
  const body = JSON.stringify({ model: 'emulated', messages: [{ role: 'user', content: prompt }], max_tokens: 4, stream: true, ...more });
  return ask(`${url}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, hangUp });
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of any shape
export function json(answered: Answered): any {
  return JSON.parse(answered.bytes.toString('utf8'));
}
