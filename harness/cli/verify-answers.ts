/** `tickbench verify WHAT --answers`: computes the recorded answers of embedded models again, and says of each match how many are equal. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { accountText, differenceText, together, type AnswersAccount } from '../answers/account.js';
import { hasEmbedded } from '../answers/configuration.js';
import { Recomputer } from '../answers/recompute.js';
import { taskNamed } from '../match/tasks.js';
import { printable } from '../protocol/printable.js';
import { terminalColumns, wrapped } from '../report/text.js';
import { parseTrace, readText } from '../traces/reader.js';
import { UsageError } from './values.js';

/** Nothing is left out here, and so nothing is drawn: whoever waits can stop it. */
const BOUNDS = { decisions: Number.MAX_SAFE_INTEGER, seconds: Number.MAX_SAFE_INTEGER };

/** What came of one seat of a match. */
interface SeatAnswers {
  trace: string;
  task: string;
  seed: number;
  /** From 1, as people count. */
  seat: number;
  name: string;
  answers: AnswersAccount;
}

export interface VerifyAnswersFlags {
  models?: string;
  json?: boolean;
}

/** Computes again, match by match, and prints; exits 1 when an answer differs. @param what a results folder, a folder of traces, or a trace */
export async function verifyAnswers(what: string, { models, json }: VerifyAnswersFlags): Promise<void> {
  const recomputer = new Recomputer(models === undefined ? [] : [models]);
  const found: SeatAnswers[] = [];
  const said = (text: string): void => void process.stdout.write(`${wrapped(printable(text), terminalColumns())}\n`);
  try {
    for (const path of tracesIn(what)) {
      const text = await readText(path);
      const { trace } = parseTrace(text, path);
      const { task, seed, seats, patient } = trace.header;
      for (const [seat, { kind, name, configuration }] of seats.entries()) {
        if (kind !== 'model' || !hasEmbedded(configuration)) continue;
        const answers = await recomputer.account(trace, seat, taskNamed(task), '', BOUNDS);
        found.push({ trace: basename(path), task, seed, seat: seat + 1, name, answers });
        const where = `${seats.length > 1 ? `, seat ${seat + 1}` : ''}${patient ? ' (patient)' : ''}`;
        const first = answers.first ? `; ${differenceText(answers.first)}` : '';
        if (!json) said(`${task} ${name}, seed ${seed}${where}: ${accountText(answers)}${first}`);
      }
    }
  } finally {
    await recomputer.close();
  }
  if (found.length === 0)
    throw new UsageError(`${what}: no embedded model plays in the traces there, so there are no answers to compute again`);
  const all = together(found.map(({ answers }) => answers));
  if (all.equal < all.compared) process.exitCode = 1;
  if (json) process.stdout.write(`${JSON.stringify({ matches: found, all })}\n`);
  else said(`${found.length} ${found.length === 1 ? 'match' : 'matches'}, ${all.decisions} decisions: ${accountText(all)}.`);
}

/** The traces of a results folder or a folder of traces, those that were set aside left out, by name: matches of one configuration come together. */
function tracesIn(what: string): string[] {
  if (existsSync(what) && statSync(what).isFile()) return [what];
  const folder = existsSync(join(what, 'traces')) ? join(what, 'traces') : what;
  if (!existsSync(folder))
    throw new UsageError(`${what}: no such file or folder; a sweep's folder, a folder of traces or a trace is expected`);
  const names = readdirSync(folder).filter((name) => /\.jsonl(\.gz)?$/.test(name) && !/\.(void|foreign)-\d+\./.test(name));
  if (names.length === 0) throw new UsageError(`${folder}: no traces in it; .jsonl.gz or .jsonl are expected`);
  return names.sort().map((name) => join(folder, name));
}
