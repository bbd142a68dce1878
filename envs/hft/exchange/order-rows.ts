/** How an order and a price level lie in memory: rows of integers, and the ids that name them. */

/** Ids are `generation * SLOTS + slot`: a slot that is used again gives another id, so a stale id never names a stranger's order. */
export const SLOTS = 0x100000;

/**
 * An order's row in the pool, from `slot << Shift.ROW`. These are const enums because the compiler puts their numbers in place:
 * a constant of another module is loaded anew at each use, and this is the market's innermost loop.
 */
export const enum Row {
  PRICE = 0,
  /** Shares shown, those that others queue behind. */
  SIZE = 1,
  OWNER = 2,
  /** Side in the lowest bit, then `Flag`; 0: a free slot. */
  FLAGS = 3,
  NEXT = 4,
  PREVIOUS = 5,
  GENERATION = 6,
  /** Shares not shown yet (iceberg). */
  HIDDEN = 7,
}

export const enum Flag {
  SIDE = 1,
  /** In a queue. */
  RESTING = 2,
  /** Has its slot, and so its id, but is in no queue: a stop that waits. */
  RESERVED = 4,
  /** Must not take when it is moved. */
  POSTED = 8,
  /** Shows `peaks[slot]` shares at a time. */
  ICEBERG = 16,
}

/** A level's row, from `level << Shift.LEVEL`: first and last slot, shares shown. */
export const enum LevelRow {
  HEAD = 0,
  TAIL = 1,
  TOTAL = 2,
}

/** Rows as powers of two. */
export const enum Shift {
  ROW = 3,
  LEVEL = 2,
}

/** No slot. */
export const enum No {
  SLOT = -1,
}
