/** Answers that many ask for alike: made once, and again when the store changed, or after a while, since others may write to the database too. */
import { createHash } from 'node:crypto';

/** How old an answer may be of which this process knows no change, in milliseconds: a backup that is put back comes from another process. */
const MOST_AGE_MS = 1000;
/** Most answers that are kept; who asks for ever others gets them anew. */
const MOST_KEPT = 256;

/** An answer as it is sent; `next` as its page says it. */
export interface RecentAnswer {
  text: string;
  etag: string;
  next: string | null;
}

interface Kept {
  version: number;
  atMs: number;
  answer: Promise<RecentAnswer>;
}

export class RecentAnswers {
  private readonly kept = new Map<string, Kept>();

  /** @param version another number after every change @param nowMs a clock that never goes back */
  constructor(
    private readonly version: () => number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** The answer to a question, made by `make` unless one is there that nothing has changed since. */
  async of(question: string, make: () => Promise<{ text: string; next: string | null }>): Promise<RecentAnswer> {
    const [version, atMs] = [this.version(), this.nowMs()];
    const before = this.kept.get(question);
    if (before && before.version === version && atMs - before.atMs < MOST_AGE_MS) return await before.answer;
    const answer = make().then(({ text, next }) => ({ text, next, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"` })); // prettier-ignore
    const own = { version, atMs, answer };
    this.kept.delete(question);
    this.kept.set(question, own);
    // The one that was made longest ago goes.
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    answer.catch(() => this.kept.get(question) === own && this.kept.delete(question));
    return await answer;
  }
}
