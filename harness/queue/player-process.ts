/**
 * The process in which a worker's matches tick. The database is its parent's: whoever keeps time has no other work.
 *
 *     node dist/harness/queue/player-process.js '{"machine":"a","folder":"/tmp/x","mayCommand":false,"budget":{}}'
 */
import { MatchServer } from '../protocol/server.js';
import { JobPlayer, type Answer, type PlayingSettings, type Task } from './playing.js';

/** What its parent tells it: do this, or stop what you do. */
export type PlayerOrder = { order: 'do'; task: Task } | { order: 'stop' };
/** What it tells its parent: a line for people, or what came of the job. */
export type PlayerWord = { word: 'line'; line: string } | { word: 'answer'; answer: Answer };

const settings = JSON.parse(process.argv[2]!) as PlayingSettings;
const tell = (word: PlayerWord): void => void (process.connected && process.send!(word));
// Ctrl-C reaches the whole process group; the parent says when it is over.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);

const server = await MatchServer.listen({});
const player = new JobPlayer(server, settings, (line) => tell({ word: 'line', line }));
let stopping = new AbortController();
process.on('disconnect', () => {
  stopping.abort();
  const end = (): never => process.exit(0);
  setTimeout(end, 5000).unref();
  void player.stop().finally(end);
});
process.on('message', (message) => {
  const order = message as PlayerOrder;
  if (order.order === 'stop') return stopping.abort('stopped');
  stopping = new AbortController();
  void player.do(order.task, stopping.signal).then((answer) => tell({ word: 'answer', answer }));
});
