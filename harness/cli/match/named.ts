/** Which match somebody means: by its id, or by the path of its trace, as it was named to `tickbench run` or as it lies there while it is written. */
import { createReadStream, statSync } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { fileFault } from '../../host/fault.js';
import { partialPath } from '../../traces/format.js';
import { MOST_CHARACTERS } from '../../traces/parse.js';
import { UsageError } from '../values.js';

const firstLine = z.looseObject({ header: z.looseObject({ id: z.string() }) });

/** The id of a match. @throws UsageError when a path is given at which, and beside which, there is no trace */
export async function matchNamed(text: string): Promise<string> {
  const places = [...new Set([partialPath(text), `${text}.partial`, text])];
  const there = places.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (there !== undefined) return await idIn(there);
  if (/[\\/]|\.(jsonl|gz|partial)$/.test(text))
    throw new UsageError(
      `${text}: no such file, nor ${places.filter((path) => path !== text).join(' or ')}; accepted: a match's id, or its trace`,
    );
  return text;
}

/** The id in a trace's first line, which is all that is read of it. */
async function idIn(path: string): Promise<string> {
  try {
    const parsed = firstLine.safeParse(JSON.parse(await lineOf(path)));
    if (parsed.success) return parsed.data.header.id;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new UsageError(`${path}: ${fileFault(error)}`);
  }
  throw new UsageError(`${path}: is no trace; accepted: a match's id, or its trace`);
}

async function lineOf(path: string): Promise<string> {
  const bytes = createReadStream(path);
  // Whatever is wrong with either is told to whoever reads.
  const text: Readable = path.endsWith('.gz') ? pipeline(bytes, createGunzip(), () => undefined) : bytes;
  let line = '';
  for await (const part of text.setEncoding('utf8') as AsyncIterable<string>) {
    const end = part.indexOf('\n');
    line += end < 0 ? part : part.slice(0, end);
    if (end >= 0 || line.length > MOST_CHARACTERS) break;
  }
  return line;
}
