/** Looks on while an answer passes: token counts, as the server tells them, or pieces where it tells none. Nothing of the answer is changed or held back. */
import { understand, type TokenCounts } from '../endpoints/chunk.js';
import { BodyReader } from '../endpoints/events.js';

export class UsageWatch {
  counts: TokenCounts = {};
  /** Events that carried a choice: about the tokens of a streamed answer. */
  private pieces = 0;
  private readonly reader = new BodyReader((event) => {
    if (event.kind !== 'data') return;
    const { text } = event;
    if (text.includes('"usage"') && !/"usage"\s*:\s*null/.test(text)) this.read(text);
    if (text.includes('"choices"')) this.pieces++;
  });
  private blind = false;

  feed(bytes: Uint8Array): void {
    this.guard(() => this.reader.feed(bytes));
  }

  end(): void {
    this.guard(() => this.reader.end());
  }

  /** Answer tokens: counted by the server, or else the pieces seen. */
  get outputTokens(): number {
    return this.counts.completionTokens ?? this.pieces;
  }

  private read(text: string): void {
    try {
      const { counts } = understand(JSON.parse(text) as unknown);
      if (counts) this.counts = counts;
    } catch {
      // not JSON, or a text nobody here can read: it is passed on all the same
    }
  }

  /** What is too long to look at is passed on unseen. */
  private guard(look: () => void): void {
    if (this.blind) return;
    try {
      look();
    } catch {
      this.blind = true;
    }
  }
}
