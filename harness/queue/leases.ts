/** Leases that ran out: a worker that was not heard of in time loses its job. */
import { sql } from 'kysely';
import type { QueueDatabase } from './connection.js';
import { NOW } from './tables.js';

/** Takes jobs from workers that were not heard of in time: they wait again, or are set aside when they were tried often enough. */
export async function expireLeases(queue: QueueDatabase): Promise<void> {
  await sql`update queue_job j set state = case when j.attempts >= s.most_attempts then 'failed' else 'waiting' end, not_before = 0,
      fault = 'its worker ' || j.worker || ' was lost'
    from queue_sweep s where s.id = j.sweep and j.state = 'leased' and j.until < ${NOW}`.execute(queue.query);
}
