/**
 * Where matches of an arena are watched: everything of a match is shown later by the same real time, so that what a watcher tells an agent is stale.
 * What is not to be shown yet leaves this process by no way at all.
 */
import type { WebSocket } from 'ws';
import { Audience } from '../protocol/audience.js';
import type { ShownKind } from './showing.js';

/** Watchers at once, of all matches together: a page takes one for a match and shows it to many. */
const MOST_WATCHERS = 64;
/** Characters of a match that may wait to be shown: where a long delay makes them more, every second scene goes. */
const MOST_WAITING = 16 * 1048576;

/** Between scenes once some had to go: twice what they come in. */
const FIRST_STEP_MS = 100;

/** By which clock what is shown is late. */
export interface GalleryClock {
  /** Real milliseconds, monotonic. */
  nowMs(): number;
  /** Does something in so many milliseconds, at the earliest. @returns how to call it off */
  after(ms: number, what: () => void): () => void;
}

const REAL: GalleryClock = {
  nowMs: () => performance.now(),
  after: (ms, what) => {
    const timer = setTimeout(what, ms);
    return () => clearTimeout(timer);
  },
};

interface Waiting {
  dueMs: number;
  kind: ShownKind;
  text: string;
}

/** One match. */
interface Shown {
  audience: Audience;
  waiting: Waiting[];
  characters: number;
  /** Real milliseconds between the scenes that are kept, when the last one came, and one that came too soon after it: a match's last scene is shown. */
  stepMs: number;
  keptMs: number;
  left?: Waiting;
  /** What was shown so far, for who comes now: the match, its newest scene, its end. */
  so: Partial<Record<ShownKind, string>>;
  /** Nothing more comes from its process. */
  isOver: boolean;
  callOff?: () => void;
}

export class Gallery {
  private readonly matches = new Map<string, Shown>();

  /** @param delayMs by how much later everything is shown, real milliseconds */
  constructor(
    private readonly delayMs: number,
    private readonly clock: GalleryClock = REAL,
  ) {}

  /** A match may be watched from now on. */
  open(match: string): void {
    this.matches.set(match, { audience: new Audience(), waiting: [], characters: 0, stepMs: 0, keptMs: -Infinity, so: {}, isOver: false });
  }

  /** Takes what is to be shown later. */
  take(match: string, kind: ShownKind, text: string): void {
    const shown = this.matches.get(match);
    if (!shown || shown.isOver) return;
    const nowMs = this.clock.nowMs();
    const one = { dueMs: nowMs + this.delayMs, kind, text };
    if (kind === 'scene' && nowMs - shown.keptMs < shown.stepMs) shown.left = one;
    else {
      if (kind === 'scene') shown.keptMs = nowMs;
      else if (kind === 'end' && shown.left) keep(shown, shown.left);
      shown.left = undefined;
      keep(shown, one);
    }
    this.look(match, shown);
  }

  /** Nothing more comes of it: what waits is still shown, then its watchers are parted from. */
  over(match: string): void {
    const shown = this.matches.get(match);
    if (!shown) return;
    shown.isOver = true;
    this.look(match, shown);
  }

  /** Why a match cannot be watched, in a sentence; null when it can. */
  fault(match: string): string | null {
    if (!this.matches.has(match))
      return 'no such match is shown; those that are played are listed by the board, under api/v1/arena/running';
    const watchers = [...this.matches.values()].reduce((sum, { audience }) => sum + audience.count, 0);
    return watchers >= MOST_WATCHERS ? `at most ${MOST_WATCHERS} watchers are served` : null;
  }

  /** Takes a watcher in, and shows it where the match stands for those who watch. */
  add(match: string, socket: WebSocket): void {
    const shown = this.matches.get(match);
    if (!shown) return socket.close(1000, 'it is over');
    const { audience, so } = shown;
    audience.add(socket);
    for (const text of [so.match, so.scene, so.end]) if (text !== undefined) audience.send(socket, text);
  }

  /** Shows nothing any more. */
  close(): void {
    for (const { audience, callOff } of this.matches.values()) {
      callOff?.();
      audience.close();
    }
    this.matches.clear();
  }

  /** Shows what is due, and looks again when the next is. */
  private look(match: string, shown: Shown): void {
    const nowMs = this.clock.nowMs();
    while (shown.waiting.length > 0 && shown.waiting[0]!.dueMs <= nowMs) {
      const { kind, text } = shown.waiting.shift()!;
      shown.characters -= text.length;
      shown.so[kind] = text;
      if (kind === 'scene') shown.audience.show(text);
      else shown.audience.tell(text);
    }
    shown.callOff?.();
    shown.callOff = undefined;
    const next = shown.waiting[0];
    if (next) shown.callOff = this.clock.after(Math.ceil(next.dueMs - nowMs), () => this.look(match, shown));
    else if (shown.isOver) {
      shown.audience.close('it is over');
      // One that is played again goes by the same name.
      if (this.matches.get(match) === shown) this.matches.delete(match);
    }
  }
}

/** Lets it wait. Where too much waits every second scene goes, and scenes come half as often from then on: the match is shown whole, with fewer pictures. */
function keep(shown: Shown, one: Waiting): void {
  shown.waiting.push(one);
  shown.characters += one.text.length;
  if (shown.characters <= MOST_WAITING) return;
  let isKept = false;
  shown.waiting = shown.waiting.filter(({ kind }) => kind !== 'scene' || (isKept = !isKept));
  shown.characters = shown.waiting.reduce((sum, { text }) => sum + text.length, 0);
  shown.stepMs = Math.max(FIRST_STEP_MS, 2 * shown.stepMs);
}
