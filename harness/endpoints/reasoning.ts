/**
 * Keeps reasoning apart from the answer in streams where the server does not, so that it is timed and counted and no parser sees it. The marks
 * are those of `envs/answer/reasoning.ts`.
 */
import { markAfter, mayBecomeMark, partialMark, type Family, type Mark } from '../../envs/answer/reasoning.js';

/** What a piece of streamed text turned out to be. */
export interface SplitText {
  answer: string;
  reasoning: string;
  /** A closing mark came without an opening one: all that was given out as answer before was reasoning. */
  discards?: true;
}

/** No mark is longer than this. */
const MARK_CHARACTERS = 240;

/**
 * A splitter for one answer. Reasoning is looked for where the answer begins; once it has begun nothing is held back, and only a bare close
 * or a final channel is still noticed. A tail that may become a mark is held back before.
 */
export class ReasoningSplitter {
  /** `start`: nothing but reasoning and white space came so far; `gap`: the same, after reasoning. */
  private state: 'start' | 'reasoning' | 'gap' | 'answer';
  private held = '';
  /** Of the reasoning that is open; `any` where the template opened it. */
  private family: Family | 'any';
  private depth = 1;
  /** Text since a closing mark that left others open: the answer, should no further mark come. */
  private tail: string | undefined;
  /** The answer's last characters, in which a mark may have begun. */
  private seen = '';
  private openInAnswer = 0;

  /** @param opened the template wrote the opening mark itself, so the text begins inside */
  constructor(opened: boolean) {
    this.state = opened ? 'reasoning' : 'start';
    this.family = 'any';
  }

  push(piece: string): SplitText {
    if (this.state === 'answer') return this.inAnswer(piece);
    this.held += piece;
    let reasoning = '';
    for (;;) {
      if (this.state === 'reasoning') {
        const mark = markAfter(this.held, 0);
        const { held } = this;
        if (!mark) {
          reasoning += this.take(held.length - partialMark(held));
          return { answer: '', reasoning };
        }
        // The opening mark itself, where the template was said to have written it.
        reasoning += this.take(mark.at);
        this.take(mark.end - mark.at, false);
        this.within(mark);
        continue;
      }
      const text = this.held.trimStart();
      const mark = markAfter(text, 0);
      if (mark?.at === 0 && mark.kind !== 'turn') {
        this.held = text.slice(mark.end);
        if (mark.kind === 'open') this.enter(mark);
        else this.state = 'gap';
        continue;
      }
      if (text === '' || mayBecomeMark(text)) return { answer: '', reasoning };
      const answer = this.state === 'gap' ? text : this.held;
      this.held = '';
      this.state = 'answer';
      const split = this.inAnswer(answer);
      return { ...split, reasoning: reasoning + split.reasoning };
    }
  }

  /** What was held back, when no more text comes. */
  flush(): SplitText {
    const rest = this.held;
    this.held = '';
    if (this.state !== 'reasoning') return { answer: this.state === 'gap' ? rest.trimStart() : rest, reasoning: '' };
    if (this.tail !== undefined) return { answer: (this.tail + rest).trimStart(), reasoning: '' };
    return { answer: '', reasoning: rest };
  }

  private enter(mark: Mark): void {
    this.state = 'reasoning';
    this.family = mark.family;
    this.depth = 1;
    this.tail = undefined;
  }

  /** A mark inside reasoning. */
  private within({ kind, family }: Mark): void {
    if (kind === 'final') this.state = 'gap';
    else if (this.family !== 'any' && family !== this.family) return;
    else if (kind === 'open') {
      if (this.family !== 'any' && family !== 'channel') this.depth++;
      this.tail = undefined;
    } else if (kind === 'turn' && family === 'channel' && this.family !== 'channel') return;
    else if (kind === 'turn' || --this.depth === 0) this.state = 'gap';
    else this.tail = '';
  }

  /** Text of an answer that has begun. */
  private inAnswer(piece: string): SplitText {
    const before = this.seen.length;
    const text = this.seen + piece;
    let from = 0;
    for (let mark = markAfter(text, 0); mark; mark = markAfter(text, mark.end)) {
      from = mark.end;
      if (mark.end <= before) continue;
      if (mark.kind === 'open') this.openInAnswer++;
      else if (mark.kind === 'close' && this.openInAnswer > 0) this.openInAnswer--;
      else if (mark.kind === 'close' || mark.kind === 'final') {
        const rest = text.slice(mark.end);
        this.seen = '';
        this.openInAnswer = 0;
        this.state = 'gap';
        const split = this.push(rest);
        return { ...split, reasoning: text.slice(before, mark.at) + split.reasoning, discards: true };
      }
    }
    this.seen = text.slice(Math.max(from, text.length - MARK_CHARACTERS));
    return { answer: piece, reasoning: '' };
  }

  /** @param kept it counts as text after a closing mark, too */
  private take(length: number, kept = true): string {
    const taken = this.held.slice(0, length);
    this.held = this.held.slice(length);
    if (kept && this.tail !== undefined) this.tail += taken;
    return taken;
  }
}
