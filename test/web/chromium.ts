/** Finds and starts the browser that the page is tested in. Without one: a failure where CI is set, else a notice of what is left out. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser, or undefined when this machine has none and that is allowed. @throws when CI is set and there is none */
export async function startBrowser(leftOut: string): Promise<Browser | undefined> {
  const executablePath = [process.env.CHROMIUM, ...PLACES].find((path) => path !== undefined && existsSync(path));
  if (executablePath !== undefined) return chromium.launch({ executablePath, args: FLAGS });
  const line = `No Chromium found (set CHROMIUM to its path): ${leftOut}`;
  if (process.env.CI) throw new Error(line);
  console.log(`      ${line} is left out.`);
  return undefined;
}
