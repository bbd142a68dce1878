/** Verification in a process of its own, within bounds: what takes too long or too much memory is refused, and the next goes on in a new one. */
import { fork, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { noneCompared, type AnswersAccount } from '../answers/account.js';
import type { RecomputeBounds } from '../answers/recompute.js';
import type { OpenedBundle } from './bundle.js';
import { SubmissionError } from './errors.js';
import type { Figures } from './figures-form.js';
import type { CheckedTrace, ClaimedTrace } from './trace-check.js';
import type { Purpose } from './manifest.js';
import type { VerifyAsk, VerifySay } from './verify-process.js';

/** What one piece of work may take. */
export interface VerifyLimits {
  /** Seconds for one trace, for opening a bundle, and for an entry's figures. */
  traceS: number;
  openS: number;
  figuresS: number;
  /** Of one trace's answers, how many are computed again and for how long; the others are left out, and counted. */
  answers: RecomputeBounds;
  /** Megabytes of the process's heap. */
  memoryMb: number;
}

export const USUAL_LIMITS: VerifyLimits = {
  traceS: 60,
  openS: 300,
  figuresS: 120,
  answers: { decisions: 200, seconds: 60 },
  memoryMb: 768,
};

/** How much longer than its own bound computing answers may take, in seconds: an engine has to be started first, and a call is not broken off. */
const ANSWERS_SPARE_S = 300;

/** Verification could not be carried out here: nothing that was submitted is at fault. */
export class VerifierError extends Error {
  override name = 'VerifierError';

  /** @param isBroken whether the verifying process itself broke at that piece of work, and may do so every time */
  constructor(
    message: string,
    readonly isBroken = false,
  ) {
    super(message);
  }
}

export class Verifier {
  private child: Promise<ChildProcess> | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private closed = false;

  /** @param plans a folder of published plans, and `models` folders of model folders, beside the package's own */
  constructor(
    private readonly limits: VerifyLimits = USUAL_LIMITS,
    private readonly plans?: string,
    private readonly models: readonly string[] = [],
  ) {}

  /** Opens a bundle (see `openBundle`). @returns with why its plan is none that is published @throws SubmissionError, VerifierError */
  async open(path: string, into: string): Promise<{ bundle: OpenedBundle; fault: string | null }> {
    const said = await this.work({ ask: 'open', path, into }, this.limits.openS, 'opening the bundle');
    if (said.say === 'opened') return said;
    throw said.say === 'refused' ? new SubmissionError(said.detail) : failure(said);
  }

  /** Judges one trace. What cannot be verified within the bounds is a fault of the trace. @throws VerifierError */
  async trace(path: string, plan: string, claimed: ClaimedTrace, nowMs: number): Promise<CheckedTrace> {
    const said = await this.work({ ask: 'trace', path, plan, claimed, nowMs }, this.limits.traceS, 'playing it again');
    if (said.say === 'checked') return said.checked;
    if (said.say === 'refused') return { fault: said.detail };
    throw failure(said);
  }

  /**
   * Computes the answers of a trace's measured seat again, where its model is an embedded one that lies here. What cannot be done within the bounds
   * says nothing of the trace: the account tells it. @param decisions how many the seat has, for that account @param draw decides which come first
   * (see ../answers/draw.ts) @throws VerifierError
   */
  async answers(path: string, decisions: number, draw: string): Promise<AnswersAccount> {
    const { answers: bounds } = this.limits;
    const said = await this.work({ ask: 'answers', path, draw, bounds }, bounds.seconds + ANSWERS_SPARE_S, 'computing its answers again');
    if (said.say === 'answers') return said.answers;
    if (said.say === 'refused') return noneCompared(decisions, said.detail);
    throw failure(said);
  }

  /** Reckons an entry's figures from accepted traces. @throws SubmissionError beyond the bounds, VerifierError */
  async figures(task: string, name: string, traces: { path: string; purpose: Purpose }[]): Promise<Figures> {
    const said = await this.work({ ask: 'figures', task, name, traces }, this.limits.figuresS, 'reckoning its figures');
    if (said.say === 'figures') return said.figures;
    throw said.say === 'refused' ? new SubmissionError(said.detail) : failure(said);
  }

  async close(): Promise<void> {
    this.closed = true;
    (await this.child?.catch(() => undefined))?.kill('SIGKILL');
  }

  /** One piece of work after another. */
  private work(ask: VerifyAsk, seconds: number, what: string): Promise<VerifySay> {
    const next = this.last.then(() => this.ask(ask, seconds, what));
    this.last = next.catch(() => undefined);
    return next;
  }

  private async ask(ask: VerifyAsk, seconds: number, what: string): Promise<VerifySay> {
    if (this.closed) throw new VerifierError('verification was ended');
    const child = await (this.child ??= this.start());
    return await new Promise<VerifySay>((resolve) => {
      let late = false;
      const timer = setTimeout(() => ((late = true), child.kill('SIGKILL')), seconds * 1000);
      const done = (say: VerifySay): void => {
        clearTimeout(timer);
        child.off('message', done).off('exit', gone);
        resolve(say);
      };
      const gone = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.child = undefined;
        // Node ends itself by SIGABRT (status 134 behind a shell) when its heap is full.
        const why = late ? `${what} took over ${seconds} s` : signal === 'SIGABRT' || code === 134 ? `${what} took over ${this.limits.memoryMb} MB` : undefined; // prettier-ignore
        done(why === undefined ? { say: 'broke', detail: `${what}: the process ended (${signal ?? `exit status ${code}`})` } : { say: 'refused', detail: why }); // prettier-ignore
      };
      child.on('message', done).on('exit', gone);
      // One that cannot be spoken to is done with: its end, if it is still to come, says why.
      child.send(ask, (error) => error && child.kill('SIGKILL'));
    });
  }

  private async start(): Promise<ChildProcess> {
    const program = fileURLToPath(new URL('./verify-process.js', import.meta.url));
    const child = fork(program, [this.plans ?? '', ...this.models], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [`--max-old-space-size=${this.limits.memoryMb}`],
    });
    // It may end between two pieces of work too: the next one has a new one.
    child.once('exit', () => (this.child = undefined));
    // Whoever waits for a page goes first.
    if (child.pid !== undefined) setPriority(child.pid, 10);
    const started = await new Promise<boolean>((resolve) => {
      child.once('message', () => resolve(true));
      child.once('exit', () => resolve(false)).once('error', () => resolve(false));
    });
    if (!started) {
      this.child = undefined;
      throw new VerifierError('the verifying process does not start');
    }
    return child;
  }
}

function failure(said: VerifySay): VerifierError {
  return new VerifierError('detail' in said ? said.detail : `an answer to another question (${said.say})`, said.say === 'broke');
}
