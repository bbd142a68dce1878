/**
 * A worker's side of the queue. A job is leased: a worker that is not heard of in time loses it, and another may take it. Each taking has a
 * token of its own, and whoever comes with an older one can neither keep the job nor hand its result in.
 */
import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { QueueDatabase } from './connection.js';
import type { Outcome } from './work.js';
import { NOW } from './tables.js';

/** Bytes of a result that go into one row. */
const PART_BYTES = 512 * 1024;
/** Most bytes of one result: a longer one is not taken. */
export const MOST_RESULT_BYTES = 64 * 1024 * 1024;

/** Who takes jobs. */
export interface WorkerCard {
  /** Unique: a machine, or one of its devices. */
  name: string;
  machine: string;
  /** The system on whose cores it computes, whatever its machine is called: see `hostIdentity`. Empty where that cannot be told. */
  host: string;
  labels: readonly string[];
  /** Whether it may play engines that compute on this host: then it has the host to itself. */
  engines: boolean;
  version: string;
  /** How long it may not be heard of, in milliseconds. */
  leaseMs: number;
}

/** A job that was taken. */
export interface Lease {
  sweep: string;
  id: string;
  token: number;
  work: string;
  attempts: number;
  mostAttempts: number;
}

export class Taker {
  /** This run of the worker: its name may have been another process's. */
  private readonly token = randomUUID();

  constructor(
    private readonly queue: QueueDatabase,
    readonly card: WorkerCard,
  ) {}

  /**
   * Signs in, or keeps signed in, unless another worker is in the way: one of this name, or one of this host where one of both may play engines. Two that
   * share cores would each measure the other.
   * @returns the name of the one that is in the way; undefined: it is signed in
   */
  async present(): Promise<string | undefined> {
    const { name, machine, host, labels, engines, version, leaseMs } = this.card;
    return this.queue.query.transaction().execute(async (transaction) => {
      // Two of a host that sign in at the same time would not see each other.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`tickbench worker ${host}`}, 0))`.execute(transaction);
      const { rows: others } = await sql<{ name: string }>`select name from queue_worker where token <> ${this.token} and until >= ${NOW}
        and (name = ${name} or (host = ${host} and host <> '' and (engines or ${engines}))) order by name <> ${name}, name limit 1`.execute(
        transaction,
      );
      if (others[0]) return others[0].name;
      // Names may be the same on two hosts: the row's own condition holds there.
      const { rows } = await sql`insert into queue_worker as w (name, machine, host, labels, engines, version, token, until)
        values (${name}, ${machine}, ${host}, ${[...labels]}, ${engines}, ${version}, ${this.token}, ${NOW} + ${leaseMs}::bigint)
        on conflict (name) do update set machine = excluded.machine, host = excluded.host, labels = excluded.labels, engines = excluded.engines,
          version = excluded.version, token = excluded.token, until = excluded.until
        where w.token = excluded.token or w.until < ${NOW} returning name`.execute(transaction);
      return rows.length > 0 ? undefined : name;
    });
  }

  /** Forgets what a worker of this name refused before: its build may be another one now. */
  async begin(): Promise<void> {
    await this.queue.query.deleteFrom('queue_refusal').where('worker', '=', this.card.name).execute();
  }

  /** Signs out. */
  async leave(): Promise<void> {
    await this.queue.query.deleteFrom('queue_worker').where('name', '=', this.card.name).where('token', '=', this.token).execute();
  }

  /**
   * Takes a job that this worker may play: first of entrants that it plays already or that nobody plays, in their sweep's order, then what
   * does not depend on the host, and then what other machines play, which gives rows of its own.
   */
  async take(): Promise<Lease | undefined> {
    const { name, machine, labels, engines, leaseMs } = this.card;
    return this.queue.query.transaction().execute(async (transaction) => {
      const { rows } = await sql<
        Lease & { entrant: string; hosted: boolean }
      >`with home as materialized (select sweep, entrant, bool_or(machine = ${machine}) as own from queue_home group by sweep, entrant),
        next as (
          select j.sweep, j.id, s.most_attempts from queue_job j join queue_sweep s on s.id = j.sweep
          left join home on home.sweep = j.sweep and home.entrant = j.entrant
          where j.state = 'waiting' and s.state = 'open' and j.not_before <= ${NOW} and j.labels <@ ${[...labels]}::text[]
            and (j.on_machine is null or j.on_machine = ${machine}) and (${engines} or not j.engine)
            and not exists (select from queue_refusal r where r.sweep = j.sweep and r.entrant = j.entrant and r.worker = ${name})
          order by case when not j.hosted then 1 when coalesce(home.own, true) then 0 else 2 end, s.created, j.ordinal
          for update of j skip locked limit 1)
        update queue_job j set state = 'leased', token = j.token + 1, attempts = j.attempts + 1, worker = ${name}, machine = ${machine},
          until = ${NOW} + ${leaseMs}::bigint, gave_up = false
        from next where j.sweep = next.sweep and j.id = next.id
        returning j.sweep, j.id, j.token, j.work, j.attempts, next.most_attempts as "mostAttempts", j.entrant, j.hosted`.execute(
        transaction,
      );
      const [taken] = rows;
      if (!taken) return undefined;
      const { entrant, hosted, ...lease } = taken;
      if (hosted)
        await sql`insert into queue_home values (${lease.sweep}, ${entrant}, ${machine}) on conflict do nothing`.execute(transaction);
      return lease;
    });
  }

  /** The plan of a job's sweep; undefined when it is no longer there. */
  async plan(sweep: string): Promise<string | undefined> {
    return (await this.queue.query.selectFrom('queue_sweep').select('plan').where('id', '=', sweep).executeTakeFirst())?.plan;
  }

  /** Keeps a job. A lease that ran out is had again unless somebody else took the job. False when it is lost. */
  async keep({ sweep, id, token }: Lease): Promise<boolean> {
    const { rows } = await sql`update queue_job set state = 'leased', until = ${NOW} + ${this.card.leaseMs}::bigint
      where sweep = ${sweep} and id = ${id} and token = ${token} and state in ('leased', 'waiting') returning id`.execute(this.queue.query);
    return rows.length > 0;
  }

  /** Gives a job back that could not be done: it is tried again later, or set aside when it was tried often enough. */
  async giveBack({ sweep, id, token }: Lease, why: string, gaveUp: boolean): Promise<void> {
    await sql`update queue_job set state = case when attempts >= (select most_attempts from queue_sweep where id = sweep) then 'failed' else 'waiting' end,
        fault = ${why}, gave_up = ${gaveUp}, token = token + 1, not_before = ${NOW} + (500 * (1 << least(attempts, 6)))
      where sweep = ${sweep} and id = ${id} and token = ${token} and state = 'leased'`.execute(this.queue.query);
  }

  /** Gives a job back as if it had never been taken. */
  async putBack({ sweep, id, token }: Lease): Promise<void> {
    await sql`update queue_job set state = 'waiting', attempts = greatest(0, attempts - 1), worker = null, token = token + 1
      where sweep = ${sweep} and id = ${id} and token = ${token} and state = 'leased'`.execute(this.queue.query);
  }

  /** Leaves a job and all others of its player to others, for as long as this worker is signed in. */
  async refuse(lease: Lease, why: string): Promise<void> {
    await sql`insert into queue_refusal select sweep, entrant, ${this.card.name}, ${why} from queue_job where sweep = ${lease.sweep} and id = ${lease.id}
      on conflict (sweep, entrant, worker) do update set why = excluded.why`.execute(this.queue.query);
    await this.putBack(lease);
    // A machine that has played nothing of it is none of its homes: others would take it for one that somebody measures already.
    await sql`delete from queue_home h where h.sweep = ${lease.sweep} and h.machine = ${this.card.machine}
      and h.entrant = (select entrant from queue_job where sweep = ${lease.sweep} and id = ${lease.id})
      and not exists (select from queue_job j where j.sweep = h.sweep and j.entrant = h.entrant and j.machine = h.machine
        and j.state in ('leased', 'done', 'collected'))`.execute(this.queue.query);
  }

  /**
   * Hands a result in, whole or not at all.
   * @returns false when the job was lost before, so that the result counts for nothing @throws RangeError for a result that is too large
   */
  async handIn({ sweep, id, token }: Lease, outcome: Outcome, bytes: Uint8Array): Promise<boolean> {
    if (bytes.length > MOST_RESULT_BYTES) throw new RangeError(`a result of ${bytes.length} bytes; at most ${MOST_RESULT_BYTES} are taken`);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return this.queue.query.transaction().execute(async (transaction) => {
      const { rows } =
        await sql`update queue_job set state = 'done', outcome = ${JSON.stringify(outcome)}, sha256 = ${sha256}, bytes = ${bytes.length}
        where sweep = ${sweep} and id = ${id} and token = ${token} and state in ('leased', 'waiting') returning id`.execute(transaction);
      if (rows.length === 0) {
        // The answer to an earlier try may have been lost.
        const there = await sql`select from queue_job where sweep = ${sweep} and id = ${id} and token = ${token} and sha256 = ${sha256}
          and state in ('done', 'collected')`.execute(transaction);
        return there.rows.length > 0;
      }
      await transaction.deleteFrom('queue_part').where('sweep', '=', sweep).where('job', '=', id).execute();
      for (let part = 0; part * PART_BYTES < bytes.length; part++) {
        const data = Buffer.from(bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
        await transaction.insertInto('queue_part').values({ sweep, job: id, part, data }).execute();
      }
      return true;
    });
  }
}
