/** Programs played through real sockets to their ends, with a gateway or without: what benchmarks of the gateway are made of. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, chat, type Answered } from '../harness/gateway/client.js';
import { ANSWER, measured, type Measured, type Talk } from '../harness/gateway/scheduling/pressure.js';

/** What came of it, and how many calls failed: these are in no other figure. */
export type Played = Measured & { failed: number };

/** Plays all at once. @param address of the API, with /v1 @param isGateway whether programs are named and released there */
export async function playPrograms(
  talks: readonly Talk[],
  model: string,
  address: string | (() => string),
  isGateway: boolean,
): Promise<Played> {
  const latencies: number[] = [];
  const ends: number[] = [];
  let [failed, prompt, cached] = [0, 0, 0];
  const beganMs = performance.now();
  await Promise.all(
    talks.map(async (talk, p) => {
      for (let text = talk.next(); text !== undefined; text = talk.next()) {
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
        await sleep(talk.actMs());
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

/** Prompt tokens as the server counted them; undefined where it did not, which is no answer. */
function countsIn({ bytes }: Answered): { prompt: number; cached: number } | undefined {
  const text = bytes.toString('utf8');
  const of = (name: string): number => Number(new RegExp(`"${name}":(\\d+)`).exec(text)?.[1]);
  const [prompt, cached] = [of('prompt_tokens'), of('cached_tokens')];
  return prompt > 0 && cached >= 0 ? { prompt, cached } : undefined;
}
