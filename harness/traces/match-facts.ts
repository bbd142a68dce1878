/** A recorded match as a row of a list. Types only: the page reads them too. */

/** A match in a few words. */
export interface MatchFacts {
  id: string;
  task: string;
  seed: number;
  clock: 'wall' | 'virtual';
  /** The clock waited: nothing of it was measured. */
  patient?: true;
  /** World time a real second; 1 unless the world ran faster. */
  speed: number;
  /** `outcome`: 1 won, 0 lost, 0.5 drawn; null without an end, or where the task's matches have no winner. */
  seats: { name: string; kind: string; reward: number | null; outcome: 0 | 0.5 | 1 | null }[];
  /** ISO 8601. */
  startedAt: string;
  /** Null of a match without an end. */
  counts: boolean | null;
  /** Why it does not count. */
  reasons: string[];
}
