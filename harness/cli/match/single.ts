/** Plays a single match for a command, from its beginning or from a checkpoint: served, watched, asked for checkpoints, interrupted, and told of at its end. */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { AnyTask } from '../../../envs/environment.js';
import { MatchMoved } from '../../match/checkpoints.js';
import type { ListenSettings } from '../../protocol/listening.js';
import { MatchServer } from '../../protocol/server.js';
import { Seating, type SeatedMatch } from '../../seating/seating.js';
import { partialPath } from '../../traces/format.js';
import { INTERRUPTED, onInterrupt } from '../interrupt.js';
import type { MarketRead } from '../market/run.js';
import { startPage } from '../page.js';
import type { RunProgress } from '../run-progress.js';
import { moved, Overseen } from './overseen.js';
import { exitCodeOf, print } from './played.js';

/** A single match, and what is done about it. */
export interface Single {
  task: AnyTask;
  match: Omit<SeatedMatch, 'page' | 'waitMs' | 'signal' | 'onSeated' | 'onBegin' | 'onEvent'> & { tracePath: string };
  listen: ListenSettings;
  /** How long a stranger or a human may take to connect, in real seconds; absent: as usual. */
  waitS?: number;
  /** The port of the page on which it is watched, or played by a human; absent: none is opened. */
  page?: { port: number; isPlayed: boolean };
  /** Real seconds between two checkpoints; absent: none but those asked for. */
  checkpointEveryS?: number;
  market?: MarketRead;
  progress: RunProgress;
  json: boolean;
}

/** Plays it, prints how it went and sets the exit status. @throws as `Seating.play`, unless it was interrupted: that is told */
export async function playSingle({ task, match, progress, json, ...how }: Single): Promise<void> {
  const { tracePath } = match;
  const say = (line: string): void => progress.say(line);
  const server = await MatchServer.listen(how.listen);
  const interrupt = onInterrupt(say);
  const seating = new Seating(server, say, { signal: interrupt.signal });
  const overseen = new Overseen(match.id, tracePath, say, how.checkpointEveryS);
  let page: Awaited<ReturnType<typeof startPage>> | undefined;
  let isMoved = false;
  try {
    if (how.page) {
      page = await startPage({ match: `${server.url}/watch`, port: how.page.port, givesWay: true });
      if (how.page.isPlayed) server.allowPage(page.url);
      say(`watch the match: ${page.url}`);
    }
    const trace = await seating.play({
      ...match,
      page: page?.url,
      waitMs: how.waitS === undefined ? undefined : how.waitS * 1000,
      signal: interrupt.signal,
      onSeated: () => progress.begin(),
      onBegin: (begun) => overseen.begin(begun),
      onEvent: (event) => progress.see(event),
    });
    progress.stop();
    const isKept = existsSync(tracePath);
    const written = relative(process.cwd(), isKept ? tracePath : partialPath(tracePath));
    await print(task, trace, { tracePath: written, market: how.market, said: await seating.said(), json });
    process.exitCode = interrupt.signal.aborted ? INTERRUPTED : exitCodeOf(trace, isKept);
  } catch (error) {
    isMoved = error instanceof MatchMoved;
    if (error instanceof MatchMoved) return moved(error, { say, json });
    if (!interrupt.signal.aborted) throw error;
    say(`tickbench: ${(error as Error).message}`);
    process.exitCode = INTERRUPTED;
  } finally {
    progress.stop();
    interrupt.done();
    overseen.end();
    page?.stop();
    await seating.stop();
    await server.close(isMoved);
  }
}
