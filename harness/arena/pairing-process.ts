/**
 * The process in which a pairing's matches tick: nothing else is done in it, and what goes wrong in it is nobody else's. It is told its order once by
 * whoever forked it, and ends with that process.
 */
import { once } from 'node:events';
import type { AgentLine } from '../protocol/line.js';
import { MatchServer } from '../protocol/server.js';
import type { PairingOrder, PairingWord } from './order.js';
import { AlonePlayer } from './playing-alone.js';
import { PairingPlayer } from './playing.js';
import { ArenaShow } from './showing.js';

/** Resolves when it was told: what a match's end depends on must have left this process before it ends. */
const tell = (word: PairingWord): Promise<void> =>
  new Promise((resolve) => (process.connected ? process.send!(word, () => resolve()) : resolve()));

process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent says when it is over.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);

process.once('message', (message) => void play(message as PairingOrder));

/** How long an agent may take to hear that there is nothing more to play. */
const PARTING_MS = 500;

async function partFrom(lines: readonly AgentLine[]): Promise<void> {
  for (const line of lines) line.close('the pairing is over');
  const untilMs = Date.now() + PARTING_MS;
  while (lines.some((line) => line.isConnected) && Date.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function play(order: PairingOrder): Promise<void> {
  const { host, port, allowHosts, alone, watchDelayMs } = order;
  const go = once(process, 'message').then(() => undefined); // the only thing that is said after the order
  const show = (match: string): ArenaShow | undefined => {
    if (watchDelayMs === undefined) return undefined;
    return new ArenaShow(watchDelayMs * 1000, (kind, text) => void tell({ word: 'shown', match, kind, text }));
  };
  const server = await MatchServer.listen({ host, port, allowHosts });
  await server.traces.ready(); // before anybody waits for it
  if (alone === undefined) {
    const player = new PairingPlayer(server, order, {
      begins: (game) => void tell({ word: 'begins', game }),
      ended: (outcome) => void tell({ word: 'ended', outcome }),
      show,
    });
    await tell({ word: 'listening', port: server.port });
    await player.play();
  } else {
    const player = new AlonePlayer(server, order, alone, show);
    await tell({ word: 'listening', port: server.port });
    await tell({ word: 'ended-alone', outcome: await player.play(() => void tell({ word: 'came' }), go) });
  }
  await tell({ word: 'over' });
  const played = alone === undefined ? order.agents : [order.agents[alone]];
  await partFrom(played.map(({ token }) => server.line(token)));
  await server.close();
  process.exit(0);
}
