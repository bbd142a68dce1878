/** Short recorded matches of bots in a folder of a test's own, and copies of them that say something else. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { botPlayer } from '../../../harness/agents/bot.js';
import { connectAgent } from '../../../harness/agents/link.js';
import { playMatch } from '../../../harness/match/match.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { chained } from '../../../harness/traces/format.js';
import type { SeatRecord, Trace } from '../../../scoring/trace/trace.js';

const OPTIONS = { fighter: { rounds: 1, roundSeconds: 4 }, hft: { durationUs: 3_000_000, gridUs: 50_000, seats: 1 } };

/** A match to be played: who sits where, by bot and name. */
export interface Wanted {
  path: string;
  task: 'fighter' | 'hft';
  seed: number;
  seats: { bot: string; errorPermille?: number; givenUs?: number; name?: string }[];
  speed?: number;
  timeoutUs?: number;
  patient?: true;
  id?: string;
}

/** Plays matches of bots on the virtual clock into trace files. */
export async function recorded(wanted: readonly Wanted[]): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (const { path, task, seed, seats, speed = 1, timeoutUs = 2_000_000, patient, id = `match-${seed}` } of wanted) {
    mkdirSync(dirname(path), { recursive: true });
    const server = await MatchServer.listen();
    const links = seats.map(({ bot, errorPermille = 0 }, seat) => {
      const line = server.admit(`token-${seat}`, bot);
      return { line, link: connectAgent({ server: server.url, token: `token-${seat}`, name: bot, player: botPlayer(bot, errorPermille) }) };
    });
    try {
      await Promise.all(links.map(({ line }) => line.connected(30_000)));
      traces.push(
        await playMatch(server, {
          id,
          task,
          options: taskNamed(task).parseOptions(OPTIONS[task]) as never,
          seed,
          clock: 'virtual',
          speed,
          timeoutUs,
          ...(patient ? { patient } : {}),
          watched: false,
          tracePath: path,
          seats: seats.map(({ bot, errorPermille = 0, givenUs = 120_000, name = bot }, seat) => ({
            token: `token-${seat}`,
            record: { name, kind: 'bot', addedUs: 0, givenUs, configuration: { bot, errorPermille } } satisfies SeatRecord,
          })),
        }),
      );
    } finally {
      links.forEach(({ link }) => link.close());
      await server.close();
    }
  }
  return traces;
}

type Line = { header?: Record<string, unknown>; previous?: string; footer?: Record<string, unknown>; events?: unknown[] };

/** Writes a copy of a trace in which lines say something else; its chain of hashes is whole. */
export function altered(from: string, to: string, change: (line: Line) => void): void {
  const bytes = readFileSync(from);
  const text = bytes[0] === 0x1f ? gunzipSync(bytes).toString('utf8') : bytes.toString('utf8');
  let before = '';
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { previous: _, ...body } = JSON.parse(line) as Line;
      change(body);
      before = before === '' ? JSON.stringify(body) : chained(before, JSON.stringify(body));
      return before;
    });
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, `${lines.join('\n')}\n`);
}
