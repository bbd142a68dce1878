/** A process of a pairing, seen from the arena's: started, heard, and ended where it takes longer than a pairing can. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { taskNamed } from '../match/tasks.js';
import type { PairingOrder, PairingWord } from './order.js';
import type { ArenaTerms } from './terms.js';

/** What a process may take beside the time that its matches last. */
const START_MS = 60_000;
/** How much longer than the world's time a match may take on the virtual clock, which waits for answers. */
const VIRTUAL_FACTOR = 20;
/** What a match may last where its task does not say. */
const LONGEST_US = 3_600_000_000;
/** Characters kept of its last words. */
const MOST_WORDS = 2000;

export class PairingChild {
  private readonly child: ChildProcess;
  private isOver = false;
  private words = '';

  /**
   * Starts it.
   * @param hear told what it says, but that it is over
   * @param over told once, last: null when it said so itself, else what became of it
   */
  constructor(order: PairingOrder, hear: (word: Exclude<PairingWord, { word: 'over' }>) => void, over: (fault: string | null) => void) {
    const { DATABASE_URL: _secret, ...env } = process.env;
    this.child = fork(fileURLToPath(new URL('./pairing-process.js', import.meta.url)), [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env,
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.words = `${this.words}${text}`.slice(-MOST_WORDS)));
    const limit = setTimeout(() => this.kill(), longestMs(order));
    this.child.on('message', (message) => {
      const said = message as PairingWord;
      if (said.word === 'over') this.isOver = true;
      else hear(said);
    });
    let isEnded = false;
    const end = (fault: string): void => {
      if (isEnded) return;
      isEnded = true;
      clearTimeout(limit);
      over(this.isOver ? null : fault);
    };
    this.child.once('error', (error) => end(error.message));
    // `close` comes after everything that was said has been read.
    this.child.once('close', (code, signal) =>
      end(signal ? `its process was ended (${signal})` : `its process ended (exit status ${code}): ${this.lastWords}`),
    );
    this.child.send(order, (error) => error && this.kill());
  }

  /** What a process says before it ends by itself: the error's own line, where there is one. */
  private get lastWords(): string {
    const lines = this.words.trim().split('\n');
    return lines.find((line) => /^\w*Error\b/.test(line)) ?? (lines[0] || 'without a word');
  }

  /** Lets one that plays with a single agent begin. */
  go(): void {
    if (this.child.connected) this.child.send('go', (error) => error && this.kill());
  }

  /** Ends it at once; what it played is void. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** Real milliseconds after which a pairing cannot be on any more. */
function longestMs({ terms, games, waitMs }: PairingOrder): number {
  return START_MS + games.length * (2 * waitMs + matchMs(terms));
}

function matchMs({ task: name, options, clock, speed }: ArenaTerms): number {
  const worldUs = taskNamed(name).lengthUs(options) ?? LONGEST_US;
  return START_MS + (worldUs / speed / 1000) * (clock === 'virtual' ? VIRTUAL_FACTOR : 1);
}
