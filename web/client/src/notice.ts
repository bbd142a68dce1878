/** The line that says why nothing moves, or how a match ended. */
import { byId, setAttribute, setHidden, setText } from './element.js';
import { isFiles } from './source.js';
import { pageOf } from './tasks.js';
import type { Watched } from './watched.js';

function ending({ match, end }: Watched): string {
  if (!match || !end) return '';
  const shown = match.seats.map((seat, i) => `${seat.name} ${pageOf(match.task).rewardText(end.results.reward[i] ?? 0)}`).join(', ');
  const verdict = end.verdict.counts ? 'The match counts.' : `Void: ${end.verdict.reasons.join(' ')}`;
  return `Over: ${shown}. ${verdict}`;
}

/** A match of the arena of which nothing was shown yet. */
function isAwaited({ isOfArena, scene }: Watched): boolean {
  return isOfArena && !scene;
}

function message(watched: Watched): string {
  if (isFiles) return 'Recorded matches: open one below.';
  if (watched.refusal !== undefined && !watched.end) return `This match cannot be watched: ${watched.refusal}.`;
  if (watched.connected === false && !watched.end) return 'The page’s server is not there. Trying again.';
  if (watched.end) return ending(watched);
  if (watched.upstream?.url === null) return watched.match ? '' : 'This page was started without a match to watch.';
  if (watched.upstream && !watched.upstream.connected) {
    if (watched.match) return 'The match server is gone: this is where it stood.';
    return watched.isOfArena
      ? 'This match is not shown any more; the board has its replay once its pairing is over.'
      : 'Waiting for a match';
  }
  const { match } = watched;
  if (isAwaited(watched))
    return `Matches of the arena are shown ${match?.behindUs ? `${Math.round(match.behindUs / 1_000_000)} s ` : ''}late: the first picture is still to come.`;
  return match ? '' : 'Waiting for a match';
}

export class Notice {
  private readonly line = byId('notice');

  /** Says something that is about no live match. */
  say(text: string, tone: 'quiet' | 'bad'): void {
    this.place(false);
    setText(this.line, text);
    setAttribute(this.line, 'data-tone', tone === 'bad' ? 'bad' : 'empty');
    setHidden(this.line, false);
  }

  /** Under the match's world where one is shown, so that it covers nothing and the world stays where it is. */
  private place(match: boolean): void {
    const after = match ? byId('world') : byId('play-seat');
    if (after.nextElementSibling !== this.line) after.after(this.line);
  }

  /** @param recorded a recorded match says how it ended itself, beside its controls */
  draw(watched: Watched, recorded = false): void {
    if (recorded) return setHidden(this.line, true);
    const text = message(watched);
    const isShown = watched.match !== undefined && !isAwaited(watched);
    this.place(isShown);
    setHidden(this.line, text === '');
    setText(this.line, text);
    const tone =
      watched.connected === false && !watched.end ? 'bad' : watched.end ? (watched.end.verdict.counts ? 'good' : 'bad') : 'quiet';
    setAttribute(this.line, 'data-tone', isShown ? tone : tone === 'bad' ? 'bad' : 'empty');
  }
}
