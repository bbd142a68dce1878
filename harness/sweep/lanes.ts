/** Work side by side: several jobs at once, each lane taking the next one that nobody has begun. */

/**
 * Does all jobs in this many lanes. Once a job has failed none is begun any more, and when those under way have ended its error is thrown.
 * @param run does one job in the lane of that number, from 0
 */
export async function sideBySide<T>(jobs: readonly T[], lanes: number, run: (job: T, lane: number) => Promise<void>): Promise<void> {
  const waiting = [...jobs];
  const failures: unknown[] = [];
  const work = async (lane: number): Promise<void> => {
    while (waiting.length > 0 && failures.length === 0) {
      try {
        await run(waiting.shift()!, lane);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)));
  if (failures.length > 0) throw failures[0];
}
