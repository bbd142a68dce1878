/** Matches of bots for tests of checkpoints: played to their end, with checkpoints on the way, and gone on with on another server. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { botPlayer } from '../../../harness/agents/bot.js';
import { connectAgent } from '../../../harness/agents/link.js';
import { playMatch, resumeMatch, type MatchSheet, type SeatSheet } from '../../../harness/match/match.js';
import type { Checkpointable } from '../../../harness/match/checkpoints.js';
import type { MatchServer } from '../../../harness/protocol/server.js';
import { lineHash } from '../../../harness/traces/format.js';
import type { CheckedCheckpoint } from '../../../harness/traces/checkpoint-file.js';
import type { SeatLatency } from '../../../scoring/trace/injected.js';
import type { Trace } from '../../../scoring/trace/trace.js';

/** A bot in a seat, as late as it is given. */
export interface SeatedBot {
  bot: string;
  errorPermille: number;
  givenUs: number;
  latency?: SeatLatency;
}

let names = 0;

async function seatBots(server: MatchServer, bots: readonly SeatedBot[]): Promise<SeatSheet[]> {
  return await Promise.all(
    bots.map(async ({ bot, errorPermille, givenUs, latency }): Promise<SeatSheet> => {
      const token = `${bot}-${names++}`;
      const line = server.admit(token, bot);
      const link = connectAgent({ server: server.url, token, name: bot, player: botPlayer(bot, errorPermille) });
      link.done.catch(() => undefined);
      await line.connected(30_000);
      const configuration = { bot, errorPermille };
      return { token, record: { name: bot, kind: 'bot', addedUs: 0, givenUs, configuration, ...(latency ? { latency } : {}) } };
    }),
  );
}

/** A match's own part of its sheet. */
export type Played = Pick<MatchSheet, 'task' | 'options' | 'seed' | 'clock' | 'tracePath'> & { bots: readonly SeatedBot[]; speed?: number };

/** Plays a match to its end on a server. @param look told of the match, and how many events it has recorded, after each */
export async function playBots(
  server: MatchServer,
  { bots, ...sheet }: Played,
  look: (match: Checkpointable, events: number) => void = () => undefined,
): Promise<Trace> {
  let running: Checkpointable | undefined;
  let events = 0;
  const seats = await seatBots(server, bots);
  try {
    return await playMatch(server, {
      ...{ id: `moved-${names++}`, speed: 1, timeoutUs: 2_000_000 },
      ...sheet,
      seats,
      onBegin: (match) => (running = match),
      onEvent: () => look(running!, ++events),
    });
  } finally {
    for (const { token } of seats) server.dismiss(token);
  }
}

/** Goes on with a match on a server that knows nothing of it, with bots that do not either. @param look told of the match, and of its events from here */
export async function goOn(
  server: MatchServer,
  from: CheckedCheckpoint,
  bots: readonly SeatedBot[],
  tracePath?: string,
  look: (match: Checkpointable, events: number) => void = () => undefined,
): Promise<Trace> {
  let running: Checkpointable | undefined;
  let events = 0;
  const seats = await seatBots(server, bots);
  try {
    return await resumeMatch(server, from, {
      tokens: seats.map(({ token }) => token),
      ...(tracePath === undefined ? {} : { tracePath }),
      onBegin: (match) => (running = match),
      onEvent: () => running && look(running, ++events),
    });
  } finally {
    for (const { token } of seats) server.dismiss(token);
  }
}

/** A checkpoint with some lines changed, and its chain made whole again, as somebody who knows the format could. */
export function rewritten(path: string, change: (lines: string[]) => void): string {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  change(lines);
  for (let i = 1; i < lines.length; i++) {
    const body = lines[i]!.replace(/^\{"previous":"[0-9a-f]*",/, '{');
    lines[i] = `{"previous":"${lineHash(lines[i - 1]!)}",${body.slice(1)}`;
  }
  return `${lines.join('\n')}\n`;
}
