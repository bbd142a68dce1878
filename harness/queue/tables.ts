/** The queue's tables. Times are milliseconds of the database's own clock: hosts need not agree on the time. */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Migrations } from '../database/migrations.js';

/** What becomes of a job: it waits for a worker, one has it, its result lies here, its sweep has the result, or it was set aside. */
export type JobState = 'waiting' | 'leased' | 'done' | 'collected' | 'failed';

export interface QueueTables {
  /** A sweep that hands jobs out. `plan` is its plan as JSON (see job.ts). Nobody takes jobs of one that is paused. */
  queue_sweep: {
    id: string;
    name: string;
    plan: string;
    version: string;
    state: 'open' | 'paused';
    most_attempts: number;
    created: number;
  };
  queue_job: {
    sweep: string;
    /** The cell's own id, or the bank's and who is asked. */
    id: string;
    ordinal: number;
    /** Who is measured, and against which rival: what a worker that cannot play it refuses as a whole. */
    entrant: string;
    /** Whether what is measured depends on the host. */
    hosted: boolean;
    /** Whether an engine of ours computes: never beside another worker of the same machine. */
    engine: boolean;
    labels: string[];
    /** The one machine on which it may be played; null for any. */
    on_machine: string | null;
    /** What to do, as JSON (see work.ts). */
    work: string;
    state: JobState;
    /** How often it was taken in this run of its sweep. */
    attempts: number;
    /** Grows each time that it is taken: whoever comes with an older one has lost it. */
    token: number;
    worker: string | null;
    machine: string | null;
    until: number;
    not_before: number;
    /** What went wrong last, in words. */
    fault: string | null;
    /** Whether its worker could not use the entrant's endpoint. */
    gave_up: boolean;
    sha256: string | null;
    bytes: number | null;
    /** How the result is to be taken, as JSON (see work.ts). */
    outcome: string | null;
  };
  /** A result's bytes in parts, from 0. */
  queue_part: { sweep: string; job: string; part: number; data: Buffer };
  /** Which machines have played an entrant. */
  queue_home: { sweep: string; entrant: string; machine: string };
  /** Who will not play an entrant, and why. */
  queue_refusal: { sweep: string; entrant: string; worker: string; why: string };
  /** Workers by name; one that was not heard of until `until` is gone. */
  queue_worker: {
    name: string;
    machine: string;
    /** The system on whose cores it computes, whatever its machine is called; empty where that cannot be told. */
    host: string;
    labels: string[];
    engines: boolean;
    version: string;
    token: string;
    until: number;
  };
}

/** Now, by the database's clock. */
export const NOW: RawBuilder<number> = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

export const QUEUE_MIGRATIONS: Migrations = {
  '001-queue': {
    up: async (db: Kysely<unknown>) => {
      for (const statement of [
        sql`create table queue_sweep (id text primary key, name text not null, plan text not null, version text not null,
          state text not null, most_attempts int not null, created bigint not null)`,
        sql`create table queue_job (sweep text not null references queue_sweep on delete cascade, id text not null, ordinal int not null,
          entrant text not null, hosted boolean not null, engine boolean not null, labels text[] not null, on_machine text, work text not null,
          state text not null default 'waiting', attempts int not null default 0, token bigint not null default 0, worker text, machine text,
          until bigint not null default 0, not_before bigint not null default 0, fault text, gave_up boolean not null default false,
          sha256 text, bytes int, outcome text, primary key (sweep, id))`,
        sql`create index queue_job_state on queue_job (state, ordinal)`,
        sql`create table queue_part (sweep text not null, job text not null, part int not null, data bytea not null,
          primary key (sweep, job, part), foreign key (sweep, job) references queue_job on delete cascade)`,
        // Traces are compressed: the database need not try.
        sql`alter table queue_part alter column data set storage external`,
        sql`create table queue_home (sweep text not null references queue_sweep on delete cascade, entrant text not null, machine text not null,
          primary key (sweep, entrant, machine))`,
        sql`create table queue_refusal (sweep text not null references queue_sweep on delete cascade, entrant text not null,
          worker text not null, why text not null, primary key (sweep, entrant, worker))`,
        sql`create table queue_worker (name text primary key, machine text not null, labels text[] not null, engines boolean not null,
          version text not null, token text not null, until bigint not null)`,
      ])
        await statement.execute(db);
    },
  },
  '002-host': {
    up: async (db: Kysely<unknown>) => {
      await sql`alter table queue_worker add column host text not null default ''`.execute(db);
    },
  },
};
