/** `tickbench verify WHAT`: says of a sweep's folder or a bundle what a board would say, before it is sent. */
import { Command, InvalidArgumentError } from 'commander';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printable } from '../protocol/printable.js';
import { agreementCautions, heldText, isContradicted } from '../report/sweep/agreement.js';
import { sweepResults } from '../report/sweep/folder.js';
import { redraws, terminalColumns, wrapped } from '../report/text.js';
import { writeBundle } from '../submission/bundle.js';
import { collect, readAbout } from '../submission/collect.js';
import { passingKeys } from '../submission/keys.js';
import type { Figures } from '../submission/figures-form.js';
import { CLAIMED_TIMES, PROVEN } from '../submission/claims.js';
import { PublishedPlans } from '../submission/terms.js';
import { judgeBundle, type JudgedEntry } from '../submission/verification.js';
import { Verifier } from '../submission/verifier.js';
import { isResults, keptSummary } from '../evidence/sweep-folder.js';
import { accountText, isAllEqual } from '../answers/account.js';
import { freshDraw } from '../answers/draw.js';
import { verifyAnswers } from './verify-answers.js';

interface VerifyFlags {
  plan?: string;
  plans?: string;
  about?: string;
  models?: string;
  answers?: boolean;
  draw?: string;
  json?: boolean;
}

function drawText(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('64 hexadecimal digits, as an earlier run told them');
  return text;
}

/** The verb, for the program that assembles them. */
export function verifyCommand(): Command {
  return new Command('verify')
    .argument('<what>', "a sweep's folder, or a bundle; with --answers also a folder of traces, or a trace")
    .option('--plan <name>', 'the published plan that it was played by, where its folder does not tell')
    .option('--plans <folder>', 'published plans of the board beside those of the package')
    .option('--about <file>', 'what you say of it yourself (docs/board.md)')
    .option('--answers', 'compute every recorded answer of embedded models again, and nothing else; exits 1 when one differs')
    .option('--models <folder>', "model folders by which answers are computed again, beside the package's own")
    .option(
      '--draw <key>',
      'draw the answers that are computed again as an earlier run did, which told its key (default: drawn anew)',
      drawText,
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nOnly the board knows whether somebody submitted the same matches before. Of a folder, what summary.json says of matches, rewards, latencies, outages and contention\nis held against the traces, too; 1 is the exit status where they say something else.\n\nExample:\n  $ tickbench verify results/quick\n  $ tickbench verify results/quick --answers',
    )
    .action(verify);
}

async function verify(what: string, flags: VerifyFlags): Promise<void> {
  const drawKey = flags.draw ?? freshDraw();
  if (flags.answers) return await verifyAnswers(what, flags);
  const published = new PublishedPlans(flags.plans);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-verify-'));
  const verifier = new Verifier(undefined, flags.plans, flags.models === undefined ? [] : [flags.models]);
  const progress = redraws(process.stderr) ? (text: string) => process.stderr.write(`\r\u001b[K${text}`) : () => true;
  try {
    const held = isResults(what) ? await heldSummary(what) : undefined;
    if (held?.isContradicted) process.exitCode = 1;
    // Before what a board would say: a plan that no board has is told of by an error.
    if (held && !flags.json) process.stdout.write(`${wrapped(printable(held.lines.join('\n')), terminalColumns())}\n`);
    const bundle = isResults(what) ? join(folder, 'bundle') : what;
    if (bundle !== what) {
      const keys = passingKeys();
      const about = flags.about === undefined ? undefined : readAbout(flags.about);
      const submitter = {
        name: about?.submitter ?? 'nobody',
        about,
        plan: flags.plan,
        key: keys.publicText,
        madeAt: new Date().toISOString(),
      };
      const { manifest, paths } = await collect(what, submitter, published);
      await writeBundle(bundle, manifest, keys, (hash) => paths.get(hash)!);
    }
    const started = performance.now();
    const opened = await verifier.open(bundle, join(folder, 'traces'));
    const { manifest } = opened.bundle;
    const entries = opened.fault === null ? await judgeBundle(manifest, { verifier, published, drawKey, folder: join(folder, 'traces'), nowMs: Date.now(), onTrace: (done, total) => void progress(`${done} of ${total} traces played again`), onAnswers: (done, total) => void progress(`answers of ${done} of ${total} traces computed again`) }) : []; // prettier-ignore
    progress('');
    const seconds = (performance.now() - started) / 1000;
    if (opened.fault !== null || entries.some(({ fault }) => fault !== null)) process.exitCode = 1;
    process.stdout.write(flags.json ? `${JSON.stringify({ plan: manifest.plan.name, fault: opened.fault, seconds, draw: drawKey, ...(held ? { summary: held } : {}), entries: entries.map(shown) })}\n` : text(opened.fault, entries, seconds, drawKey)); // prettier-ignore
  } finally {
    await verifier.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What came of holding a folder's summary against its traces: a bundle has no summary, and none of the matches with an outage or beside others. */
interface HeldSummary {
  isContradicted: boolean;
  /** What was held, and what is not as it should be, a sentence each. */
  lines: string[];
}

/** @returns undefined where no sweep came to its end in the folder @throws ResultsError */
async function heldSummary(folder: string): Promise<HeldSummary | undefined> {
  if (!keptSummary(folder)) return undefined;
  const { agreement } = await sweepResults(folder);
  if (!agreement) return undefined;
  return {
    isContradicted: isContradicted(agreement),
    lines: [`summary.json held against the traces: ${heldText(agreement)}.`, ...agreementCautions(agreement)],
  };
}

/** An entry as JSON. */
function shown({ entry, traces, fault, figures, answers }: JudgedEntry): object {
  const { task, name, kind } = entry;
  const refused = traces.flatMap(({ fault: why }, i) => (why === null ? [] : [{ ...entry.traces[i], why }]));
  return {
    task,
    name,
    kind,
    accepted: fault === null,
    why: fault,
    traces: entry.traces.length,
    played: traces.length,
    refused,
    figures: figures ?? null,
    answers: answers ?? null,
  };
}

function text(fault: string | null, entries: readonly JudgedEntry[], seconds: number, drawKey: string): string {
  const lines = fault === null ? [] : [`Refused as a whole: ${fault}.`];
  for (const { entry, traces, fault: why, figures, answers } of entries) {
    const earned = figures ? `: reward ${estimateText(figures.reward)} ${figures.rewardUnit}, ${figures.matches} matches` : '';
    lines.push(`${entry.task} ${entry.name}: ${why === null ? `would be accepted${earned}` : `would be refused: ${why}`}`);
    if (answers) lines.push(`  answers computed again: ${accountText(answers)}`);
    const refused = traces.filter((trace) => trace.fault !== null).length;
    if (refused > 1) lines.push(`  ${refused} of its ${traces.length} traces are not accepted (--json tells why of each)`);
  }
  const count = entries.reduce((sum, { traces }) => sum + traces.length, 0);
  if (count > 0) lines.push(`${count} traces verified in ${seconds.toFixed(1)} s.`);
  // Where every answer was computed again, nothing was drawn.
  if (entries.some(({ answers }) => (answers?.left ?? 0) > 0))
    lines.push(`Which answers were computed again was drawn anew; the same ones: --draw ${drawKey}. A board draws others.`);
  const accepted = fault === null ? entries.filter((entry) => entry.fault === null) : [];
  const isAllAgain = accepted.every(({ entry, answers }) => entry.kind === 'bot' || (answers !== undefined && isAllEqual(answers)));
  if (accepted.length > 0) lines.push(PROVEN[0], isAllAgain ? CLAIMED_TIMES : PROVEN[1]);
  return `${wrapped(printable(lines.join('\n')), terminalColumns())}\n`;
}

function estimateText({ value, low, high }: Figures['reward']): string {
  if (value === null) return 'not measured';
  return `${value.toFixed(2)}${low === null || high === null ? '' : ` (${low.toFixed(2)} to ${high.toFixed(2)})`}`;
}
