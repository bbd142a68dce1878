/** Timings of a CSV file: a line for each load of a server, with the figures of it that were measured. */
import { readFileSync } from 'node:fs';
import Papa from 'papaparse';
import { z } from 'zod';
import { FORMATS, parsePrecisionMap, PrecisionMapError, type PrecisionMap } from '../../fpx/formats/precision.js';
import { ExportError } from '../../fpx/export/errors.js';
import { modelShape, type ModelShape } from '../../fpx/export/model-shapes.js';
import { ConfigurationError, explain, findFile, readYaml } from '../configuration/configuration.js';
import { fileFault } from '../host/fault.js';
import { dirname } from 'node:path';
import { deviceNamed, type Catalogue } from './catalogue.js';
import type { Part, Timing } from './timing.js';

const whole = z.coerce.number('a whole number').int('a whole number').positive('a whole number above 0');
const ms = z.union([z.literal('').transform(() => undefined), z.coerce.number('milliseconds').positive('milliseconds above 0')]).optional();
const oneOf = <T extends string>(first: T, ...others: T[]) => z.union([z.literal('').transform(() => first), z.enum([first, ...others])]).default(first); // prettier-ignore

const rowSchema = z.strictObject({
  device: z.string().min(1, 'a device of the catalogue'),
  model: z.string().min(1, 'a model whose shape is known, or a folder'),
  map: z.string().min(1, 'a format, or a file with a precision map'),
  batch: whole,
  prompt_tokens: whole,
  cached_tokens: z.coerce.number().int().min(0).optional(),
  answer_tokens: whole,
  first_ms: ms,
  token_ms: ms,
  total_ms: ms,
  arrival: oneOf('together', 'steady'),
  origin: oneOf('measured', 'published'),
  fp4_inputs: z.enum(['4', '16', '']).optional(),
  kv_bits: z.enum(['8', '16', '']).optional(),
  /** Which engine, and anything else: not read. */
  engine: z.string().optional(),
});

const COLUMNS = Object.keys(rowSchema.shape);
const NEEDED = ['device', 'model', 'map', 'batch', 'prompt_tokens', 'answer_tokens'];
export const TIMING_COLUMNS = `${NEEDED.join(',')} and at least one of first_ms,token_ms,total_ms; further ones: ${COLUMNS.filter((each) => !NEEDED.includes(each) && !each.endsWith('_ms')).join(',')}`;

/** Reads timings; lines that begin with `#` are remarks. @throws ConfigurationError naming the file, the line and what is accepted */
export function readTimings(path: string, catalogue: Catalogue): Timing[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`${path}: ${fileFault(error)}; accepted: a CSV file with the columns ${TIMING_COLUMNS}`);
  }
  return parseTimings(text, path, [dirname(path)], catalogue);
}

/**
 * Timings of a text in a file's form. @param name for messages @param besides folders in which maps are looked for, beside the working folder
 * @throws ConfigurationError naming the line and what is accepted
 */
export function parseTimings(text: string, name: string, besides: readonly string[], catalogue: Catalogue): Timing[] {
  // Remarks are emptied rather than taken out, so that lines keep their numbers.
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => (line.startsWith('#') ? '' : line));
  const first = lines.findIndex((line) => line.trim() !== '');
  if (first < 0) throw new ConfigurationError(`${name}: is empty; accepted: the columns ${TIMING_COLUMNS}`);
  const fields = lines[first]!.split(',').map((each) => each.trim());
  const wrong = [...NEEDED.filter((each) => !fields.includes(each)), ...fields.filter((each) => !COLUMNS.includes(each))];
  if (wrong.length > 0)
    throw new ConfigurationError(`${name} line ${first + 1}: the column "${wrong[0]}" is ${NEEDED.includes(wrong[0]!) ? 'missing' : 'not known'}; accepted: ${TIMING_COLUMNS}`); // prettier-ignore
  const read = new Reader(name, besides, catalogue);
  return lines.flatMap((line, i) => (i > first && line.trim() !== '' ? read.line(line, fields, i + 1) : []));
}

/** Reads lines; models and maps that come again are looked up once. */
class Reader {
  private readonly models = new Map<string, ModelShape>();
  private readonly maps = new Map<string, PrecisionMap>();

  constructor(
    private readonly name: string,
    private readonly besides: readonly string[],
    private readonly catalogue: Catalogue,
  ) {}

  line(text: string, fields: readonly string[], number: number): Timing[] {
    const where = `${this.name} line ${number}`;
    const cells = Papa.parse<string[]>(text).data[0] ?? [];
    if (cells.length !== fields.length) throw new ConfigurationError(`${where}: ${cells.length} cells under ${fields.length} columns`);
    const raw = Object.fromEntries(fields.map((field, i) => [field, cells[i]!.trim()]));
    const parsed = rowSchema.safeParse(raw);
    if (!parsed.success) throw new ConfigurationError(`${where}:\n${explain(parsed.error)}`);
    const row = parsed.data;
    const shape = this.shape(row.model, where);
    const cachedTokens = row.cached_tokens ?? 0;
    if (cachedTokens >= row.prompt_tokens)
      throw new ConfigurationError(`${where}: cached_tokens ${cachedTokens}; accepted: fewer than the ${row.prompt_tokens} tokens of the prompt`);
    const timing = {
      ...{ deviceName: row.device, device: deviceNamed(this.catalogue, row.device, where), modelName: row.model, tied: shape.tied, where },
      served: { shape, map: this.map(row.map, where), fp4Inputs: row.fp4_inputs === '4' ? 4 : 16, kvBits: row.kv_bits === '8' ? 8 : 16 },
      load: { promptTokens: row.prompt_tokens, cachedTokens, answerTokens: row.answer_tokens, batch: row.batch },
      ...{ arrival: row.arrival, origin: row.origin },
    } satisfies Omit<Timing, 'part' | 'ms'>;
    const parts = Object.entries({ first: row.first_ms, token: row.token_ms, total: row.total_ms }).filter(([, value]) => value !== undefined);
    if (parts.length === 0) throw new ConfigurationError(`${where}: nothing was timed; accepted: at least one of first_ms, token_ms, total_ms`);
    return parts.map(([part, value]) => ({ ...timing, part: part as Part, ms: value! }));
  } // prettier-ignore

  private shape(name: string, where: string): ModelShape {
    const shape = this.models.get(name) ?? knownShape(name, where);
    this.models.set(name, shape);
    return shape;
  }

  private map(text: string, where: string): PrecisionMap {
    const map = this.maps.get(text) ?? namedMap(text, where, this.besides);
    this.maps.set(text, map);
    return map;
  }
}

/** A model's shape by its name or folder. @throws ConfigurationError */
export function knownShape(name: string, where: string): ModelShape {
  try {
    return modelShape(findFile(`${name}/config.json`, [])?.replace(/\/config\.json$/, '') ?? name);
  } catch (error) {
    if (error instanceof ExportError) throw new ConfigurationError(`${where}: ${error.message}`);
    throw error;
  }
}

/** A precision map by a format's name or a file, which may also be a configuration. @throws ConfigurationError */
export function namedMap(text: string, where: string, besides: readonly string[]): PrecisionMap {
  const file = (FORMATS as readonly string[]).includes(text) ? undefined : findFile(text, besides);
  if (!file && !(FORMATS as readonly string[]).includes(text))
    throw new ConfigurationError(`${where}: "${text}": no such file; accepted: a file with a precision map, or ${FORMATS.join(', ')}`);
  const raw = file ? readYaml(file) : text;
  const inside = z.looseObject({ endpoint: z.looseObject({ precision: z.unknown() }) }).safeParse(raw);
  try {
    return parsePrecisionMap(inside.success ? inside.data.endpoint.precision : raw);
  } catch (error) {
    if (error instanceof PrecisionMapError) throw new ConfigurationError(`${where}: ${error.message}`);
    throw error;
  }
}
