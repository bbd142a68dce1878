/** A configuration file for a precision map that was chosen: commented, to be copied and edited like those of fpx-configs. */
import { parse } from 'yaml';
import type { PrecisionMap } from '../../../fpx/formats/precision.js';
import { ConfigurationError, configurationSchema, explain } from '../../configuration/configuration.js';
import { assignmentComment, type Assigned } from './assign-text.js';
import { writtenFolder, type ModelFolder } from './model-folder.js';
import { wrapped } from '../../report/text.js';

/** What differs from one file to another. */
export interface ConfigurationParts {
  /** Sentences of the comment that the file begins with, a line each. */
  comment: readonly string[];
  /** The name in tables; the file's own where absent. */
  name?: string;
  /** The model's size as people say it. */
  size?: string;
  /** The model's folder, as the file is to name it. */
  model: string;
  precision: PrecisionMap;
  prompt: string;
}

/** Columns of a line of the comment. */
const COLUMNS = 138;
/** Columns by which what stands under `endpoint` is moved in. */
const INDENT = 2;
/** Keys of a map that still fit on one line. */
const FEW_KEYS = 3;

/** The file of an assignment: its map with what it came from. @param besides the folder that it is for @throws ConfigurationError */
export function assignedText(
  assigned: Assigned,
  { path, isOurs }: ModelFolder,
  besides: string,
  { name, fileName }: { name?: string; fileName: string },
): string {
  const { calibration, chosen } = assigned;
  const parts = {
    comment: assignmentComment(assigned),
    name,
    size: sizeInName(calibration.model.name),
    model: writtenFolder(path, besides),
    precision: chosen.map,
    prompt: isOurs ? 'reference' : 'plain',
  };
  return configurationText(parts, fileName);
}

/** The file's text. @param fileName what the configuration is called without a name of its own @throws ConfigurationError when it is no configuration */
export function configurationText(parts: ConfigurationParts, fileName: string): string {
  const text = [
    ...commentLines(parts.comment),
    ...(parts.name === undefined ? [] : [`name: ${scalar(parts.name)}`]),
    ...(parts.size === undefined ? [] : [`size: ${scalar(parts.size)}`]),
    'endpoint:',
    '  kind: embedded',
    `  model: ${scalar(parts.model)}`,
    ...precisionLines(parts.precision),
    '  threads: 1',
    '  prefixCache: true # the static part of the prompt is computed once',
    'request: { temperature: 0, maxTokens: 24, timeoutMs: 5000, afterRelease: cancel }',
    `prompt: ${parts.prompt}`,
    '',
  ].join('\n');
  const checked = configurationSchema.safeParse({ name: fileName, ...(parse(text) as object) });
  if (!checked.success) throw new ConfigurationError(`${fileName} would be no configuration:\n${explain(checked.error)}`);
  return text;
}

/** A file with a map alone, as everything reads it that takes a map. @param comment sentences that it begins with, a line each */
export function mapFileText(comment: readonly string[], precision: PrecisionMap): string {
  return [...commentLines(comment), ...precisionLines(precision).map((line) => line.slice(INDENT)), ''].join('\n');
}

function commentLines(sentences: readonly string[]): string[] {
  return sentences.flatMap((line) => wrapped(line, COLUMNS).split('\n')).map((line) => `# ${line}`);
}

function precisionLines({ default: standard, units, layers }: PrecisionMap): string[] {
  const keys = Object.entries(units).map(([key, format]) => `${key}: ${format}`);
  if (keys.length === 0) return [`  precision: { default: ${standard} }`];
  const told = layers === undefined ? [] : [`    layers: ${layers} # of the model that this map is for`];
  const head = ['  precision:', `    default: ${standard}`, ...told];
  if (keys.length <= FEW_KEYS) return [...head, `    units: { ${keys.join(', ')} }`];
  return [...head, '    units:', ...keys.map((key) => `      ${key}`)];
}

/** A text that YAML takes as it is, or in quotes. */
function scalar(text: string): string {
  return /^[A-Za-z0-9./][A-Za-z0-9._/-]*$/.test(text) && typeof parse(text) === 'string' ? text : JSON.stringify(text);
}

/** The size that a model's name tells: `1M` of `tb-1m`, `0.5B` of `Qwen2.5-0.5B`; undefined when it tells none. */
export function sizeInName(name: string): string | undefined {
  return /(?:^|[^0-9A-Za-z.])(\d+(?:\.\d+)?[mb])(?![0-9A-Za-z])/i.exec(name)?.[1]?.toUpperCase();
}
