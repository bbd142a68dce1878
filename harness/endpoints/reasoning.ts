/**
 * Keeps reasoning apart from the answer in streams where the server does not: text between `<think>` and `</think>`.
 */

const OPEN = '<think>';
const CLOSE = '</think>';

/** What a piece of streamed text turned out to be. */
export interface SplitText {
  answer: string;
  reasoning: string;
}

/**
 * A splitter for one answer. Reasoning is only looked for at the answer's beginning; a `<think>` later on is text.
 * A tail that may still become a tag is held back.
 */
export class ReasoningSplitter {
  /** `gap`: reasoning is over, and the white space before the answer is not. */
  private state: 'start' | 'reasoning' | 'gap' | 'answer';
  private held = '';

  /** @param opened the template wrote `<think>` itself, so the text begins inside */
  constructor(opened: boolean) {
    this.state = opened ? 'reasoning' : 'start';
  }

  push(piece: string): SplitText {
    if (this.state === 'answer') return { answer: piece, reasoning: '' };
    if (this.state === 'gap') return { answer: this.afterGap(piece), reasoning: '' };
    this.held += piece;
    if (this.state === 'start') {
      const text = this.held.trimStart();
      if (text.startsWith(OPEN)) {
        this.state = 'reasoning';
        this.held = text.slice(OPEN.length);
      } else if (OPEN.startsWith(text)) {
        return { answer: '', reasoning: '' };
      } else {
        this.state = 'answer';
        return { answer: this.take(this.held.length), reasoning: '' };
      }
    }
    const close = this.held.indexOf(CLOSE);
    if (close >= 0) {
      const reasoning = this.held.slice(0, close);
      const rest = this.held.slice(close + CLOSE.length);
      this.held = '';
      this.state = 'gap';
      return { answer: this.afterGap(rest), reasoning };
    }
    let keep = Math.min(this.held.length, CLOSE.length - 1);
    while (!CLOSE.startsWith(this.held.slice(this.held.length - keep))) keep--;
    return { answer: '', reasoning: this.take(this.held.length - keep) };
  }

  /** What was held back, when no more text comes. */
  flush(): SplitText {
    const rest = this.take(this.held.length);
    return this.state === 'reasoning' ? { answer: '', reasoning: rest } : { answer: rest, reasoning: '' };
  }

  private afterGap(piece: string): string {
    const answer = piece.trimStart();
    if (answer !== '') this.state = 'answer';
    return answer;
  }

  private take(length: number): string {
    const taken = this.held.slice(0, length);
    this.held = this.held.slice(length);
    return taken;
  }
}
