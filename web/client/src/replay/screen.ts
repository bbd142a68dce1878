/** A recorded match on the page: the environment itself plays it again here, and the views draw its scenes as they draw a live match's. */
import type { Micros } from '../../../../envs/environment.js';
import type { Salvage } from '../../../../harness/traces/parse.js';
import { Playback } from '../../../../harness/traces/playback.js';
import { isAsRecorded, replayFault } from '../../../../harness/traces/replay.js';
import { markStale } from '../../../../harness/traces/stale.js';
import { spansBefore, thinkingAt, thinkingSpans, type ThinkingSpan } from '../../../../harness/traces/thinking.js';
import { taskNamed } from '../../../../harness/match/tasks.js';
import type { Trace } from '../../../../scoring/trace/trace.js';
import { clock } from '../format.js';
import { pageOf } from '../tasks.js';
import { MOST_ANSWERS, shownBehindUs, Watched, type Match } from '../watched.js';
import type { WorldView } from '../world.js';
import { readDecisions } from '../../../../harness/traces/answers.js';
import { byId, setHidden } from '../element.js';
import { DecisionList } from './decisions.js';
import { Overview } from './overview.js';
import { Shortcuts } from './shortcuts.js';
import { Transport } from './transport.js';

/** World time shown of the agents' thinking before and after the frame. */
const AHEAD_US = 1_500_000;

/** What the page gives a recorded match to stand on. */
export interface ReplayStage {
  /** Lays out a match; the view that draws it. */
  begin(match: Match): WorldView;
  schedule(): void;
  /** The hash that names this frame of what is open. */
  hashOf(frame: number): string;
}

export class ReplayScreen {
  readonly watched = new Watched();
  /** Its controls, the whole match at a glance, and what came of playing it again; they stand between the world and its lanes. */
  readonly controls: readonly HTMLElement[];
  /** What was decided; it stands at the match's end. */
  readonly decisions: DecisionList;
  private readonly transport: Transport;
  private readonly overview: Overview;
  private readonly shortcuts = new Shortcuts();
  private playback?: Playback;
  private spans: ThinkingSpan[][] = [];
  private view?: WorldView;
  private playing = false;
  private speed = 1;
  private from = { frame: 0, ms: 0 };
  private closed = false;
  private addressTimer?: ReturnType<typeof setTimeout>;

  constructor(
    private readonly trace: Trace,
    fault: string | undefined,
    private readonly stage: ReplayStage,
    firstFrame: number | null,
  ) {
    this.transport = new Transport({
      seek: (frame) => this.seek(frame),
      play: (playing) => this.play(playing),
      speed: (speed) => {
        this.speed = speed;
        this.from = { frame: this.playback?.frame ?? 0, ms: performance.now() };
      },
      step: (way) => this.decisions.step(way),
      fill: () => fillScreen(),
      help: () => this.shortcuts.flip(),
    });
    const goTo = (frame: number): void => {
      this.play(false);
      this.seek(frame);
    };
    this.overview = new Overview(goTo);
    this.decisions = new DecisionList({
      // What lands at a frame's own time shows in the next one.
      seek: (us) => goTo(this.playback!.frameAt(us) + 1),
      shown: (seat, us) => this.playback!.shown(seat, us),
    });
    const [buttons, state] = this.transport.elements;
    this.controls = [buttons!, this.overview.element, state!, this.shortcuts.element];
    try {
      this.open(firstFrame);
      this.report(fault);
    } catch (error) {
      const why = (error as Error).message;
      this.transport.say(
        `This match cannot be played again here: ${why}. ${fault === undefined ? '' : `The file: ${fault}.`}`.trim(),
        'bad',
      );
    }
  }

  /** A key was pressed. @returns whether it meant something here */
  key(event: KeyboardEvent): boolean {
    return this.playback !== undefined && this.transport.key(event);
  }

  /** Shows a frame, playing or not. */
  seek(frame: number): void {
    const { playback } = this;
    if (!playback) return;
    playback.seek(frame);
    this.from = { frame: playback.frame, ms: performance.now() };
    this.show();
  }

  close(): void {
    this.closed = true;
    this.overview.close();
    clearTimeout(this.addressTimer);
  }

  private open(firstFrame: number | null): void {
    const { header, footer } = this.trace;
    const task = taskNamed(header.task);
    if (task.lacks?.page !== undefined) throw new Error(`${task.title}: ${task.lacks.page}`);
    const { id, clock, speed, tickUs, seed, seats, options, patient } = header;
    const { watched } = this;
    const match: Match = { type: 'match', id, task: header.task, clock, speed, tickUs, seed, seats, options, patient };
    watched.take(match);
    watched.connected = true;
    watched.aheadUs = AHEAD_US;
    if (footer) this.endFrame = { type: 'end', id, results: footer.results, verdict: footer.verdict };
    this.spans = thinkingSpans(this.trace, task);
    this.view = this.stage.begin(match);
    const stale: number[][] = header.seats.map(() => []);
    this.playback = new Playback(this.trace, (env, frame) => {
      const scene: unknown = env.scene();
      this.view!.learn?.(scene, frame);
      stale.forEach((counts, seat) => (counts[frame] = task.staleAnswers?.(scene, seat) ?? 0));
    });
    this.transport.offer(this.view.moments?.());
    for (const [seat, spans] of this.spans.entries()) markStale(spans, stale[seat]!, this.playback);
    const decisions = readDecisions(this.trace, task, this.spans);
    this.decisions.show(decisions, header.seats.map(({ name }) => name)); // prettier-ignore
    const { playback } = this;
    const course = this.view.course?.();
    setHidden(this.overview.element, course === undefined);
    if (course)
      this.overview.show({
        course,
        decisions,
        seats: header.seats.length,
        frameAt: (us) => Math.min(playback.last, playback.frameAt(us) + 1),
        last: playback.last,
      });
    this.seek(firstFrame ?? 0);
  }

  private endFrame: Watched['end'];

  private report(fault: string | undefined): void {
    const { replay } = this.playback!;
    const { digest, same, expected, diverged, faults } = replay;
    const { footer, header } = this.trace;
    const parts: string[] = [];
    if (fault !== undefined) parts.push(`The file is damaged or incomplete: ${fault}. What could be read is shown.`);
    if (diverged) parts.push(`Event ${diverged.event} came out otherwise: recorded ${diverged.recorded}, here ${diverged.replayed}.`);
    if (footer) {
      const rewards = header.seats
        .map((seat, i) => `${seat.name} ${pageOf(header.task).rewardText(footer.results.reward[i] ?? 0)}`)
        .join(', ');
      parts.push(`${rewards}. ${footer.verdict.counts ? 'The match counts.' : `Void: ${footer.verdict.reasons.join(' ')}`}`);
    }
    if (faults.length > 0) parts.push(`The trace is not true: ${replayFault(replay)}.`);
    // A match that was stopped from outside is played again up to where it was stopped.
    const interrupted = footer?.results.over === false;
    if (interrupted) parts.push(`Interrupted at ${clock(footer.results.endedAt, true)}.`);
    if (expected === null) parts.push(`Digest at the end of what was recorded: ${digest}.`);
    else if (same) parts.push(`Played again in this page${interrupted ? ' to there' : ''}: digest ${digest}, the recorded one.`);
    else parts.push(`ANOTHER DIGEST than recorded: ${digest} here, ${expected} in the trace.`);
    this.transport.say(parts.join(' '), isAsRecorded(replay) && fault === undefined ? 'good' : 'bad');
  }

  private play(playing: boolean): void {
    const { playback } = this;
    if (!playback || playing === this.playing) return;
    if (playing && playback.frame === playback.last) playback.seek(0);
    this.playing = playing;
    this.from = { frame: playback.frame, ms: performance.now() };
    if (playing) this.next();
    this.show();
  }

  /** One browser frame of playing: as far as the clock has gone. */
  private turn(nowMs: number): void {
    const { playback } = this;
    if (!this.playing || this.closed || !playback) return;
    // Where frame and picture come equally often they meet in the middle: else one would be shown twice and the next not at all.
    const elapsedUs = (nowMs - this.from.ms) * 1000 * this.speed + this.trace.header.tickUs / 2;
    const frame = playback.frameAt(playback.times[this.from.frame]! + Math.max(0, elapsedUs));
    if (frame !== playback.frame) {
      playback.seek(frame);
      this.show();
    }
    if (playback.frame === playback.last) this.play(false);
    else this.next();
  }

  private next(): void {
    requestAnimationFrame((nowMs) => this.turn(nowMs));
  }

  /** Gives the world's frame to everything that draws. */
  private show(): void {
    const playback = this.playback!;
    const { watched } = this;
    const { id } = this.trace.header;
    const at: Micros = playback.times[playback.frame]!;
    const frame = { type: 'scene' as const, id, at, scene: playback.scene(), thinking: this.spans.map((spans) => thinkingAt(spans, at)) };
    watched.scene = frame;
    watched.stepUs = 0;
    watched.answers = this.spans.map((spans) => answersAt(spans, at));
    const behind = at - shownBehindUs(watched.match!);
    // The decision that was under way when the shown time begins was pushed before it.
    watched.spans = this.spans.map((spans) => spans.slice(Math.max(0, spansBefore(spans, behind) - 1), spansBefore(spans, at + AHEAD_US)));
    watched.end = playback.frame === playback.last ? this.endFrame : undefined;
    this.view!.take(frame);
    const hash = this.stage.hashOf(playback.frame);
    this.transport.draw({ frame: playback.frame, last: playback.last, at, playing: this.playing, hash });
    this.overview.draw(playback.frame);
    this.decisions.at(at);
    if (!this.playing) this.address(hash);
    this.stage.schedule();
  }

  /** Keeps the address up with the frame; browsers refuse it many times a second. */
  private address(hash: string): void {
    clearTimeout(this.addressTimer);
    this.addressTimer = setTimeout(() => history.replaceState(null, '', hash), 150);
  }
}

/** The match fills the screen, or no more does. A browser that does not let it leaves it as it is. */
function fillScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void byId('match').requestFullscreen().catch(() => undefined); // prettier-ignore
}

function answersAt(spans: readonly ThinkingSpan[], at: Micros): Watched['answers'][number] {
  const settled = spans.slice(0, spansBefore(spans, at)).filter((span) => span.at <= at && span.outcome !== null);
  return settled
    .slice(-MOST_ANSWERS)
    .map((span) => ({ latencyUs: span.at - span.from, outcome: span.outcome!, stale: span.stale === true }));
}

/** For the page's own use: what was read of a file, and the screen it is shown on. */
export function openReplay(read: Salvage, stage: ReplayStage, frame: number | null): ReplayScreen {
  return new ReplayScreen(read.trace, read.fault, stage, frame);
}
