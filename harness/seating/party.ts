/** Matches that are played at the same time: they begin together, and what each of them changed on this host is undone when all are over. */
export class Party {
  private arrived = 0;
  private begin: () => void = () => undefined;
  private refuse: (error: unknown) => void = () => undefined;
  private readonly begun: Promise<void>;
  private readonly undoings: (() => void)[] = [];

  /** @param size how many matches there are */
  constructor(private readonly size: number) {
    this.begun = new Promise((resolve, reject) => {
      this.begin = resolve;
      this.refuse = reject;
    });
    this.begun.catch(() => undefined); // told to those that wait
  }

  /** Resolves when all matches are ready to begin. @throws what `fail` was given */
  async ready(): Promise<void> {
    if (++this.arrived === this.size) this.begin();
    await this.begun;
  }

  /** One of them cannot be played: those that wait for it hear why. */
  fail(error: unknown): void {
    this.refuse(error);
  }

  /** Keeps what is to be undone at the end. */
  afterwards(undo: () => void): void {
    this.undoings.push(undo);
  }

  /** All matches are over. */
  end(): void {
    for (const undo of this.undoings.splice(0)) undo();
  }
}
