/**
 * A trace on disk: JSON lines, each naming the SHA-256 of the line before it.
 *
 *     {"header": {...}}
 *     {"previous": "<sha-256 of the line above>", "second": 0, "events": [...]}     one line per second of world time with events
 *     {"previous": "...", "footer": {...}}
 *
 * While the match runs the file is plain (`.jsonl`), so that whatever was written survives; finished, it is compressed (`.jsonl.gz`).
 * The chain shows that a file is whole and unaltered by accident; it proves nothing about who wrote it.
 */
import { createHash } from 'node:crypto';

/** SHA-256 of a line, without its newline. */
export function lineHash(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

/** A following line: the JSON object `body` with the hash of the line before it put first. */
export function chained(previousLine: string, body: string): string {
  return `{"previous":"${lineHash(previousLine)}",${body.slice(1)}`;
}

/** Where a finished trace lies, and where it lies while it is written. */
export function partialPath(path: string): string {
  return path.endsWith('.gz') ? path.slice(0, -3) : `${path}.partial`;
}
