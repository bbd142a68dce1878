/** Exit statuses that are no plain error. */

/** What was played says nothing yet: a sweep's cell was not played or does not count, or so many of a match's calls failed that it is void. */
export const UNFINISHED = 3;
