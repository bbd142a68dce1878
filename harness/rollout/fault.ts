/** What is wrong with something that a learner asked: where, what was found, and what is accepted. */
export class RolloutError extends Error {
  override name = 'RolloutError';

  constructor(
    /** Where in the frame, its parts apart by dots. */
    readonly where: string,
    readonly what: string,
    readonly accepted: string,
  ) {
    super(`${where}: ${what}; accepted: ${accepted}`);
  }

  /** The same, of a part of something larger. */
  within(place: string): RolloutError {
    return new RolloutError(`${place}.${this.where}`, this.what, this.accepted);
  }

  /** As it stands in a frame. */
  toJSON(): { where: string; what: string; accepted: string } {
    const { where, what, accepted } = this;
    return { where, what, accepted };
  }
}
