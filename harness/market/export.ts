/** Writes a recorded match as LOBSTER files, a pair for each symbol, by playing its trace again. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyEnvironment } from '../../envs/environment.js';
import { label } from '../../envs/hft/listing.js';
import { Market } from '../../envs/hft/market.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { replayTrace } from '../traces/replay.js';
import { fileFault } from '../host/fault.js';
import { makeFolder } from '../host/folder.js';
import { MarketError } from './errors.js';
import { checkTick, EXPORT_LEVELS, LobsterWriter, OPENS_AT_SECONDS } from './lobster-writer.js';

/** What was written for one symbol. */
export interface Exported {
  symbol: string;
  /** What the market is made of, in words. */
  market: string;
  messages: string;
  orderbook: string;
  rows: number;
  executions: number;
}

/** Text gathered and written in large pieces. */
class LineFile {
  private readonly fd: number;
  private text = '';
  private open = true;

  constructor(readonly path: string) {
    try {
      this.fd = openSync(path, 'w');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new MarketError(
        `${path}: ${code === 'ENOENT' ? 'no file can be made in this folder' : fileFault(error)}; accepted: a folder for new files (--out)`,
      );
    }
  }

  readonly line = (row: string): void => {
    this.text += `${row}\n`;
    if (this.text.length > 1 << 20) this.flush();
  };

  /** Writes what is left. */
  close(): void {
    this.flush();
    this.release();
  }

  /** Lets go of the file, whatever is in it. */
  release(): void {
    if (!this.open) return;
    this.open = false;
    closeSync(this.fd);
  }

  /** @throws MarketError when the disk takes no more */
  private flush(): void {
    const bytes = Buffer.from(this.text);
    this.text = '';
    try {
      for (let written = 0; written < bytes.length;) {
        const more = writeSync(this.fd, bytes, written);
        if (more === 0) throw new Error('nothing more can be written');
        written += more;
      }
    } catch (error) {
      throw new MarketError(`${this.path}: ${fileFault(error)}; what is in it is not whole`);
    }
  }
}

/**
 * Plays a trace again and writes each symbol's messages and book into `folder`, with a README that says what is synthetic.
 * @throws MarketError when the trace is of another task, its ticks are no LOBSTER prices, or a file cannot be written; TraceError when it is of other rules
 */
export function exportTrace(trace: Trace, folder: string): { same: boolean; digest: string; files: Exported[]; readme: string } {
  const { header, footer } = trace;
  if (header.task !== 'hft') throw new MarketError(`the match is of ${header.task}; accepted: traces of hft`);
  if (folder === '') throw new MarketError('--out "": accepted: a folder for the files');
  makeFolder(folder);
  const open: { writer: LobsterWriter; files: [LineFile, LineFile]; symbol: string; market: string }[] = [];
  const date = /^\d{4}-\d\d-\d\d/.exec(header.startedAt)?.[0] ?? '0000-00-00';
  const opens = OPENS_AT_SECONDS * 1000;
  let env: AnyEnvironment | undefined;
  try {
    const replay = replayTrace(trace, undefined, {
      begin: (world) => {
        env = world;
        if (!(world instanceof Market)) throw new MarketError('the match has no order book; accepted: traces of hft with its own rules');
        const closes = opens + Math.ceil(world.options.durationUs / 1000);
        for (const { symbol } of world.listings) checkTick(symbol.tickMicros);
        for (const { exchange, symbol } of world.listings) {
          const path = (what: string): string => join(folder, `${symbol.symbol}_${date}_${opens}_${closes}_${what}_${EXPORT_LEVELS}.csv`);
          const files: [LineFile, LineFile] = [new LineFile(path('message')), new LineFile(path('orderbook'))];
          const writer = new LobsterWriter(exchange, symbol.tickMicros, files[0].line, files[1].line);
          exchange.witness = writer;
          open.push({ writer, files, symbol: symbol.symbol, market: label(symbol.market) });
        }
      },
      reach: (to) => env!.advance(to),
      passed: () => undefined,
      landing: () => undefined,
      landed: () => undefined,
    });
    for (const { writer } of open) writer.check();
    const files = open.map(({ writer, files: [messages, orderbook], symbol, market }): Exported => {
      const { rows, executions } = writer;
      return { symbol, market, messages: messages.path, orderbook: orderbook.path, rows, executions };
    });
    for (const { files: pair } of open) for (const file of pair) file.close();
    const readme = readmeOf(trace, files, footer === undefined || replay.same);
    writeFileSync(join(folder, 'README.txt'), readme);
    return { same: replay.same, digest: replay.digest, files, readme };
  } finally {
    for (const { files } of open) for (const file of files) file.release();
  }
}

function readmeOf({ header, footer }: Trace, files: readonly Exported[], same: boolean): string {
  return [
    `Match ${header.id} (${header.rules}, seed ${header.seed}) as LOBSTER files, written by playing its trace again${footer === undefined ? ' AS FAR AS IT GOES: IT WAS CUT OFF' : same ? '' : '; IT DID NOT PLAY TO ITS RECORDED DIGEST'}.`,
    '',
    ...files.map(({ symbol, market, rows, executions }) => `${symbol}: ${market}. ${rows} messages, ${executions} of them executions.`),
    '',
    'A market called synthetic, and the book around published bars, is a simulation: no venue traded like this. Seats are simulated traders in any market.',
    `The world's time 0 is written as second ${OPENS_AT_SECONDS} (09:30); the date is that on which the match was played.`,
    'Orders that rested at time 0 are written as submissions at that time. Type 5 also stands for auction trades. The next part of an iceberg is',
    'a new order. Positions that the book could not absorb at the close were settled past it and are not in the files.',
    '',
  ].join('\n');
}
