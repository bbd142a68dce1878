/**
 * Looks on while an answer passes: token counts, as the server tells them, or pieces where it tells none, and whether it says that it is over or that
 * it failed. Nothing of the answer is changed or held back.
 */
import { oneLine, reasonIn } from '../endpoints/refusal.js';
import { understand, type TokenCounts } from '../endpoints/chunk.js';
import { BodyReader } from '../endpoints/events.js';

export class UsageWatch {
  counts: TokenCounts = {};
  /** Events that carried a choice: about the tokens of a streamed answer. */
  private pieces = 0;
  /** It said that it is over: a finish reason, or `[DONE]`. */
  private saidItsEnd = false;
  private error: string | undefined;
  private readonly reader = new BodyReader((event) => {
    if (event.kind !== 'data') return;
    const { text, name } = event;
    if (text === '[DONE]' || /"finish_reason"\s*:\s*"/.test(text)) this.saidItsEnd = true;
    if (name === 'error' || text.includes('"error"') || (text.includes('"usage"') && !/"usage"\s*:\s*null/.test(text))) this.read(text, name); // prettier-ignore
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

  /** Why an answer of status 200 is none, as far as it was looked at: it tells of an error, holds no choice, or its stream stops in the middle. */
  fault(isStream: boolean): string | undefined {
    if (this.error !== undefined) return `an error within its answer: ${this.error}`;
    if (!isStream && !this.blind && this.pieces === 0) return 'its body holds no answer';
    return isStream && !this.blind && !this.saidItsEnd ? 'its stream ended without a finish reason or [DONE]' : undefined;
  }

  private read(text: string, name?: string): void {
    try {
      const { counts, error } = understand(JSON.parse(text) as unknown, name);
      if (error !== undefined) this.error ??= oneLine(reasonIn(text) || text);
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
