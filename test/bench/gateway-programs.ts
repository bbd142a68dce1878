/** Programs played through real sockets to their ends, with a gateway or without: what benchmarks of the gateway are made of. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, chat, type Answered } from '../harness/gateway/client.js';
import { ANSWER, measured, type Measured } from '../harness/gateway/scheduling/pressure.js';

/** A string of calls with a world between them. */
export interface Program {
  /** The next call's prompt. @param answer what the call before brought, where it did @returns undefined after the last */
  next(answer?: string): string | undefined | Promise<string | undefined>;
  /** For how long its world is waited for before the next call, in milliseconds. */
  actMs(): number;
}

/** What came of it, and how many calls failed: these are in no other figure. */
export type Played = Measured & { failed: number };

/** Plays all at once. @param address of the API, with /v1 @param isGateway whether programs are named and released there */
export async function playPrograms(
  programs: readonly Program[],
  model: string,
  address: string | (() => string),
  isGateway: boolean,
): Promise<Played> {
  const latencies: number[] = [];
  const ends: number[] = [];
  let [failed, prompt, cached] = [0, 0, 0];
  const beganMs = performance.now();
  await Promise.all(
    programs.map(async (program, p) => {
      let answer: string | undefined;
      for (let text = await program.next(); text !== undefined; text = await program.next(answer)) {
        const askedMs = performance.now();
        const url = typeof address === 'string' ? address : address();
        const more = { model, max_tokens: ANSWER, ignore_eos: true, temperature: 0, stream_options: { include_usage: true } };
        const got = await chat(url, text, isGateway ? { 'x-session-id': `p${p}` } : {}, more).catch(() => undefined);
        const counts = got?.status === 200 && got.whole ? countsIn(got) : undefined;
        if (counts) {
          latencies.push(performance.now() - askedMs);
          prompt += counts.prompt;
          cached += counts.cached;
        } else failed++;
        answer = counts && textIn(got!);
        await sleep(program.actMs());
      }
      ends.push(performance.now() - beganMs);
      if (isGateway) await release(address as string, `p${p}`);
    }),
  );
  return { ...measured(latencies, ends, performance.now() - beganMs, prompt, cached), failed };
}

/** Ends a program; what is wrong with that shows in what is left behind. */
export async function release(url: string, program: string): Promise<void> {
  await ask(`${url.replace(/\/v1$/, '')}/programs/${program}/release`, { method: 'POST' }).catch(() => undefined);
}

/** What a streamed chat says. */
function textIn({ bytes }: Answered): string {
  const lines = bytes.toString('utf8').split('\n').filter((line) => line.startsWith('data: {')); // prettier-ignore
  const pieces = lines.map((line) => JSON.parse(line.slice(6)) as { choices?: { delta?: { content?: string } }[] });
  return pieces.map(({ choices }) => choices?.[0]?.delta?.content ?? '').join('');
}

/** Prompt tokens as the server counted them; undefined where it did not, which is no answer. */
function countsIn({ bytes }: Answered): { prompt: number; cached: number } | undefined {
  const text = bytes.toString('utf8');
  const of = (name: string): number => Number(new RegExp(`"${name}":(\\d+)`).exec(text)?.[1]);
  const [prompt, cached] = [of('prompt_tokens'), of('cached_tokens')];
  return prompt > 0 && cached >= 0 ? { prompt, cached } : undefined;
}
