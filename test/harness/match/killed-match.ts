/**
 * A match in a process of its own that is killed as soon as its checkpoint is on disk: `node killed-match.js FOLDER TOKEN EVENTS`. It prints where the
 * agent of seat 0 is to connect.
 */
import { join } from 'node:path';
import { botPlayer } from '../../../harness/agents/bot.js';
import { connectAgent } from '../../../harness/agents/link.js';
import type { Checkpointable } from '../../../harness/match/checkpoints.js';
import { playMatch } from '../../../harness/match/match.js';
import { MatchServer } from '../../../harness/protocol/server.js';

const [folder, token, after] = process.argv.slice(2) as [string, string, string];
const server = await MatchServer.listen();
const stranger = server.admit(token, 'mine');
const bot = server.admit('bot', 'mixed');
connectAgent({ server: server.url, token: 'bot', name: 'mixed', player: botPlayer('mixed', 200) });
process.stdout.write(`${server.url}\n`);
await Promise.all([stranger.connected(30_000), bot.connected(30_000)]);
let running: Checkpointable | undefined;
let events = 0;
await playMatch(server, {
  ...{ id: 'killed', task: 'fighter', options: { rounds: 1, roundSeconds: 6 }, seed: 11, clock: 'virtual', speed: 1, timeoutUs: 2_000_000 },
  seats: [
    { token, record: { name: 'mine', kind: 'stranger', addedUs: 0, givenUs: 180_000 } },
    {
      token: 'bot',
      record: { name: 'mixed', kind: 'bot', addedUs: 0, givenUs: 230_000, configuration: { bot: 'mixed', errorPermille: 200 } },
    },
  ],
  tracePath: join(folder, 'killed.jsonl.gz'),
  onBegin: (match) => (running = match),
  onEvent() {
    if (++events !== Number(after)) return;
    void running!.checkpoint(join(folder, 'killed.checkpoint.gz')).then(() => process.kill(process.pid, 'SIGKILL'));
  },
});
