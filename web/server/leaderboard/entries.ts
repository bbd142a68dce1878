/** What the API tells of entries and of the tables that they stand in. Types only: the browser's code imports them too. */
import type { AnswersAccount } from '../../../harness/answers/account.js';
import type { Division } from '../../../harness/submission/claims.js';
import type { Figures } from '../../../harness/submission/figures-form.js';
import type { Measured, MeasuringHost } from '../../../harness/submission/measured.js';

/** What has to be alike to stand in one table. */
export interface ToldTable {
  task: string;
  rules: string;
  plan: string;
  terms: string;
  division: Division;
  /** In the division `reference` the host that measured: latencies of two hosts are in two tables. */
  host: MeasuringHost | null;
  entries: number;
}

export interface ToldEntry {
  id: string;
  submission: string;
  status: 'pending' | 'accepted' | 'refused' | 'withdrawn';
  /** Why it was refused or withdrawn. May hold words of the submitter: show it as text. */
  why: string | null;
  task: string;
  rules: string;
  plan: string;
  terms: string;
  division: Division;
  kind: 'model' | 'bot';
  name: string;
  submitter: { name: string; key: string; fingerprint: string };
  /** Claims of the submitter; in the division `reference` what the board's own traces tell. */
  about: Partial<Record<'model' | 'size' | 'precision' | 'engine' | 'kernel' | 'hardware' | 'notes', string>> & { price?: unknown };
  figures: Figures | null;
  /** What came of computing an embedded model's answers again; null where it was not tried. */
  answers: AnswersAccount | null;
  /** By what it was measured, in the division `reference`. */
  measured: Measured | null;
  /** ISO 8601. */
  receivedAt: string;
  changedAt: string;
  /** What the entry proves, in words; null of one that is not accepted. */
  proven: string | null;
  /** What in it is a claim, or taken on trust, in words. */
  claimed: string;
}

export interface ToldTrace {
  seed: number;
  purpose: 'measure' | 'patient';
  hash: string;
  status: 'pending' | 'accepted' | 'refused';
  why: string | null;
}

export interface ToldEntryWithTraces extends ToldEntry {
  /** The seat's configuration as its traces have it. */
  configuration: unknown;
  traces: ToldTrace[];
}
