/** Random play in a browser: the environments bundled by vite as the page has them, and put into a tab that asks nobody anything. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import type { RandomPlay } from './random-play.js';

/** Matches played in one call: the tab stays reachable, and its answers small. */
const AT_ONCE = 500;

/** The digests of these matches as a browser has them. `ms` is what the tab took to play, without the calls. */
export async function browserDigests(browser: Browser, plays: readonly RandomPlay[]): Promise<{ digests: string[][]; ms: number[] }> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      lib: { entry: join(import.meta.dirname, 'random-play.js'), name: 'randomPlay', formats: ['iife'] },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (!output || !('output' in output)) throw new Error('nothing was bundled');
  const tab = await browser.newPage();
  await tab.addScriptTag({ content: output.output[0].code });
  const digests: string[][] = [];
  const ms: number[] = [];
  for (const play of plays) {
    const all: string[] = [];
    let took = 0;
    for (let from = play.from; from < play.to; from += AT_ONCE) {
      const part = { ...play, from, to: Math.min(play.to, from + AT_ONCE) };
      const [some, partMs] = await tab.evaluate((what) => {
        const { randomPlay, performance } = globalThis as unknown as {
          randomPlay: { digestsOf(play: unknown): string[] };
          performance: { now(): number };
        };
        const started = performance.now();
        return [randomPlay.digestsOf(JSON.parse(what)), performance.now() - started] as const;
      }, JSON.stringify(part));
      all.push(...some);
      took += partMs;
    }
    digests.push(all);
    ms.push(took);
  }
  await tab.close();
  return { digests, ms };
}
