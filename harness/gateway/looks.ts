/** Looks at backends: each by a clock of its own, and at once when a call fails on it. */
import type { BackendLink, Found } from './backends.js';

/** What a look means to whoever schedules. */
export interface LookHooks {
  /** A look is over. @param isFirst the first at this backend */
  looked(link: BackendLink, found: Found, isFirst: boolean): void;
}

export class Looks {
  private readonly lookedAt = new Set<BackendLink>();
  /** Looks under way: there is one at a time at each backend, however many calls fail on it at once. */
  private readonly under = new Map<BackendLink, Promise<void>>();
  private readonly timers = new Map<BackendLink, NodeJS.Timeout>();
  private stopped = false;

  /** @param everyMs between the end of one look and the next */
  constructor(
    private readonly everyMs: number,
    private readonly hooks: LookHooks,
  ) {}

  /** Looks at a backend from now on; resolves after the first look. One that answers late does not keep the others from being looked at. */
  async watch(link: BackendLink): Promise<void> {
    await this.lookAt(link);
    if (this.stopped) return;
    this.timers.set(
      link,
      setTimeout(() => void this.watch(link), this.everyMs),
    );
  }

  /** Looks at a backend now, or waits for the look that is under way. */
  lookAt(link: BackendLink): Promise<void> {
    let look = this.under.get(link);
    if (!look) this.under.set(link, (look = this.look(link).finally(() => this.under.delete(link))));
    return look;
  }

  /** Looks no more, and tells of none that is under way. */
  stop(): void {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  private async look(link: BackendLink): Promise<void> {
    const found = await link.look();
    if (this.stopped) return;
    const isFirst = !this.lookedAt.has(link);
    this.lookedAt.add(link);
    this.hooks.looked(link, found, isFirst);
  }
}
