/** A sweep's side of the queue: hands jobs out, looks how far they are, and takes their results. */
import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { QueueDatabase } from './connection.js';
import { outcomeForm, type Outcome } from './work.js';
import { NOW, type JobState, type QueueTables } from './tables.js';

/** A job to be handed out. */
export type Job = Pick<QueueTables['queue_job'], 'id' | 'ordinal' | 'entrant' | 'hosted' | 'engine' | 'labels' | 'on_machine' | 'work'>;

/** How far a job is. */
export interface JobStatus {
  id: string;
  entrant: string;
  state: JobState;
  attempts: number;
  worker: string | null;
  machine: string | null;
  fault: string | null;
  gaveUp: boolean;
}

/** A result that lies in the queue. */
export interface Result {
  id: string;
  token: number;
  worker: string;
  outcome: Outcome;
  bytes: Buffer;
}

/** A sweep that is not in its queue any more as it was entered: somebody took it out, or a part of it. */
export class SweepTakenOut extends Error {
  override name = 'SweepTakenOut';

  constructor(what: string) {
    super(`${what}: somebody took it out of there. What came in before is kept, and the same command enters the rest anew`);
  }
}

/** PostgreSQL's code for a row whose parent is not there. */
const NO_PARENT = '23503';

/** Most rows that go into one statement. */
const ROWS = 500;

export class Hander {
  private constructor(
    private readonly queue: QueueDatabase,
    /** The sweep's name in the queue. */
    readonly sweep: string,
  ) {}

  /**
   * Goes on with a sweep, or enters it when it is not there.
   * @param known its name in the queue from an earlier run of the same plan
   */
  static async open(
    queue: QueueDatabase,
    about: { known?: string; name: string; plan: string; version: string; mostAttempts: number },
  ): Promise<Hander> {
    const id = about.known ?? randomUUID();
    await sql`insert into queue_sweep (id, name, plan, version, state, most_attempts, created)
      values (${id}, ${about.name}, ${about.plan}, ${about.version}, 'open', ${about.mostAttempts}, ${NOW})
      on conflict (id) do update set state = 'open', plan = excluded.plan, version = excluded.version,
        most_attempts = excluded.most_attempts`.execute(queue.query);
    return new Hander(queue, id);
  }

  /** Takes a sweep of an earlier plan out of the queue, with everything that belongs to it. */
  static async remove(queue: QueueDatabase, sweep: string): Promise<void> {
    await queue.query.deleteFrom('queue_sweep').where('id', '=', sweep).execute();
  }

  /**
   * Hands jobs out. What an earlier run set aside, or whose result is no longer in the folder, waits anew; what a worker has, or has
   * handed in, stays. @throws SweepTakenOut
   */
  async hand(jobs: readonly Job[]): Promise<void> {
    try {
      await this.insert(jobs);
    } catch (error) {
      if ((error as { code?: unknown }).code !== NO_PARENT) throw error;
      throw new SweepTakenOut('the sweep is no longer in the queue');
    }
  }

  private async insert(jobs: readonly Job[]): Promise<void> {
    for (let at = 0; at < jobs.length; at += ROWS) {
      const rows = jobs.slice(at, at + ROWS).map((job) => ({ ...job, sweep: this.sweep }));
      await sql`insert into queue_job as j (sweep, id, ordinal, entrant, hosted, engine, labels, on_machine, work)
        select sweep, id, ordinal, entrant, hosted, engine, array(select jsonb_array_elements_text(labels)), on_machine, work
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (sweep text, id text, ordinal int, entrant text, hosted boolean,
          engine boolean, labels jsonb, on_machine text, work text)
        on conflict (sweep, id) do update set ordinal = excluded.ordinal, labels = excluded.labels, on_machine = excluded.on_machine, work = excluded.work,
          state = case when j.state in ('failed', 'collected') then 'waiting' else j.state end,
          attempts = case when j.state in ('leased', 'done') then j.attempts else 0 end, not_before = 0, fault = null, gave_up = false`
        .execute(this.queue.query); // prettier-ignore
    }
  }

  /** Takes jobs out that are not among these: what the folder has already, or the plan has no more. What a worker has, or has handed in, stays. */
  async keepOnly(ids: readonly string[]): Promise<void> {
    await sql`delete from queue_job where sweep = ${this.sweep} and id <> all(${[...ids]}::text[])
      and state not in ('leased', 'done')`.execute(this.queue.query);
  }

  /** Jobs that are done or set aside, and those with which something went wrong; not all at once where they are many. */
  async news(): Promise<JobStatus[]> {
    return this.queue.query
      .selectFrom('queue_job')
      .select(['id', 'entrant', 'state', 'attempts', 'worker', 'machine', 'fault', 'gave_up as gaveUp'])
      .where('sweep', '=', this.sweep)
      .where(({ or, eb }) =>
        or([eb('state', 'in', ['done', 'failed']), eb.and([eb('state', '<>', 'collected'), eb('fault', 'is not', null)])]),
      )
      .orderBy(sql`state not in ('done', 'failed')`)
      .orderBy('ordinal')
      .limit(ROWS)
      .execute();
  }

  /** Which of some jobs are not there any more. */
  async missing(ids: readonly string[]): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`select id from unnest(${[...ids]}::text[]) as asked (id)
      where not exists (select from queue_job j where j.sweep = ${this.sweep} and j.id = asked.id)`.execute(this.queue.query);
    return rows.map(({ id }) => id);
  }

  /** How many jobs there are in each state. */
  async counts(): Promise<Partial<Record<JobState, number>>> {
    const { rows } = await sql<{
      state: JobState;
      count: number;
    }>`select state, count(*) as count from queue_job where sweep = ${this.sweep}
      group by state`.execute(this.queue.query);
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** Who would take jobs now: workers that were heard of. */
  async workers(): Promise<Pick<QueueTables['queue_worker'], 'name' | 'machine' | 'labels' | 'engines'>[]> {
    return this.queue.query
      .selectFrom('queue_worker')
      .select(['name', 'machine', 'labels', 'engines'])
      .where('until', '>=', NOW)
      .orderBy('name')
      .execute();
  }

  async refusals(): Promise<Pick<QueueTables['queue_refusal'], 'entrant' | 'worker' | 'why'>[]> {
    return this.queue.query.selectFrom('queue_refusal').select(['entrant', 'worker', 'why']).where('sweep', '=', this.sweep).execute();
  }

  /** Labels of jobs that wait, each set once. */
  async wanted(): Promise<{ labels: string[]; on_machine: string | null; engine: boolean }[]> {
    return this.queue.query
      .selectFrom('queue_job')
      .select(['labels', 'on_machine', 'engine'])
      .distinct()
      .where('sweep', '=', this.sweep)
      .where('state', '=', 'waiting')
      .execute();
  }

  /** A job's result, its bytes held against their hash. Undefined when it is no longer there. @returns `fault` in place of bytes that are not those of the hash */
  async result(id: string): Promise<Result | { id: string; token: number; worker: string; fault: string } | undefined> {
    const row = await this.queue.query
      .selectFrom('queue_job')
      .select(['token', 'worker', 'outcome', 'sha256', 'bytes'])
      .where('sweep', '=', this.sweep)
      .where('id', '=', id)
      .where('state', '=', 'done')
      .executeTakeFirst();
    if (!row) return undefined;
    const { rows } = await sql<{ data: Buffer }>`select data from queue_part where sweep = ${this.sweep} and job = ${id} order by part`.execute(this.queue.query); // prettier-ignore
    const bytes = Buffer.concat(rows.map(({ data }) => data));
    const about = { id, token: row.token, worker: row.worker ?? '' };
    const outcome = outcomeForm.safeParse(JSON.parse(row.outcome ?? 'null'));
    if (createHash('sha256').update(bytes).digest('hex') !== row.sha256 || bytes.length !== row.bytes)
      return { ...about, fault: 'its bytes are not those of its hash' };
    return outcome.success
      ? { ...about, outcome: outcome.data, bytes }
      : { ...about, fault: 'its outcome is not as this version writes it' };
  }

  /** Settles jobs of which all is known here: results that are on disk, and jobs that were told as set aside. Their bytes leave the queue, and the news. */
  async settle(ids: readonly string[]): Promise<void> {
    await this.queue.query.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('queue_part').where('sweep', '=', this.sweep).where('job', 'in', ids).execute();
      await transaction
        .updateTable('queue_job')
        .set({ state: 'collected' })
        .where('sweep', '=', this.sweep)
        .where('id', 'in', ids)
        .execute();
    });
  }

  /** Sends a job back whose result is not what it should be. @param token of the result */
  async sendBack({ id, token }: { id: string; token: number }, why: string): Promise<void> {
    await this.queue.query.transaction().execute(async (transaction) => {
      const { rows } = await sql`update queue_job j set state = case when j.attempts >= s.most_attempts then 'failed' else 'waiting' end,
          fault = ${why}, token = j.token + 1, not_before = ${NOW} + 500
        from queue_sweep s where s.id = j.sweep and j.sweep = ${this.sweep} and j.id = ${id} and j.token = ${token} and j.state = 'done'
        returning j.id`.execute(transaction);
      if (rows.length > 0) await transaction.deleteFrom('queue_part').where('sweep', '=', this.sweep).where('job', '=', id).execute();
    });
  }

  /** Sets aside what waits of an entrant. */
  async giveUp(entrant: string, why: string): Promise<void> {
    await this.queue.query
      .updateTable('queue_job')
      .set({ state: 'failed', fault: why })
      .where('sweep', '=', this.sweep)
      .where('entrant', '=', entrant)
      .where('state', '=', 'waiting')
      .execute();
  }

  /** Hands out no more until the sweep is opened again; what workers have they may finish and hand in. */
  async pause(): Promise<void> {
    await this.queue.query.updateTable('queue_sweep').set({ state: 'paused' }).where('id', '=', this.sweep).execute();
  }

  /** Takes the sweep out of the queue. */
  async close(): Promise<void> {
    await Hander.remove(this.queue, this.sweep);
  }
}
