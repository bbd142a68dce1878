/** Where a model folder keeps its weights: in one file, or in shards that an index names. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { BROKEN_LINK, CheckpointError, isBrokenLink, readJson } from './files.js';

/** The files of a folder's weights. */
export interface WeightFiles {
  /** The index, when there are shards. */
  index?: string;
  /** Paths of all safetensors files, sorted. */
  files: string[];
  /** Which file the index says a tensor is in. */
  placed: [tensor: string, file: string][];
  /** What else lies there and is not read. */
  notes: string[];
}

const indexSchema = z.looseObject({
  weight_map: z.record(z.string(), z.string().regex(/^[^/\\]+$/, 'accepted are names of files in the same folder')),
});

/**
 * Finds `model.safetensors`, or what `model.safetensors.index.json` names. @throws CheckpointError naming what there is instead, or is
 * missing
 */
export function weightFiles(folder: string): WeightFiles {
  const single = join(folder, 'model.safetensors');
  const index = join(folder, 'model.safetensors.index.json');
  const broken = [single, index].find(isBrokenLink);
  if (broken !== undefined) throw new CheckpointError(`${broken} ${BROKEN_LINK}`);
  if (existsSync(single)) {
    const beside = existsSync(index) ? ['passed over: model.safetensors.index.json and its shards; model.safetensors comes first'] : [];
    return { files: [single], placed: [], notes: beside };
  }
  if (!existsSync(index)) {
    throw new CheckpointError(`${folder}: neither model.safetensors nor model.safetensors.index.json${instead(folder)}`);
  }
  const parsed = indexSchema.safeParse(readJson(index));
  if (!parsed.success) throw new CheckpointError(`${index}: ${firstIssue(parsed.error.issues)}`);
  const map = parsed.data.weight_map;
  const names = [...new Set(Object.values(map))].sort();
  if (names.length === 0) throw new CheckpointError(`${index}: weight_map names no file`);
  const missing = names.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0) {
    const links = missing.some((name) => isBrokenLink(join(folder, name))) ? ' (links to files that are not there)' : '';
    throw new CheckpointError(`${index} names ${names.length} files, of which ${missing.length} are missing: ${some(missing)}${links}`);
  }
  return {
    index,
    files: names.map((name) => join(folder, name)),
    placed: Object.entries(map).map(([tensor, name]) => [tensor, join(folder, name)]),
    notes: [],
  };
}

/** The first thing that is wrong, and how many more there are: what is wrong with one tensor is often wrong with all. */
function firstIssue([first, ...more]: readonly z.core.$ZodIssue[]): string {
  const { path, message } = first!;
  const place = path.length === 0 ? '' : `${z.core.toDotPath(path)}: `;
  return `${place}${message}${more.length === 0 ? '' : `, and ${more.length} more`}`;
}

/** The first few of a list of names. */
function some(names: readonly string[]): string {
  return names.slice(0, 4).join(', ') + (names.length > 4 ? ` and ${names.length - 4} more` : '');
}

/** What else a folder has that looks like weights, as the end of a sentence. */
function instead(folder: string): string {
  if (!existsSync(folder)) return '; there is no such folder';
  const others = readdirSync(folder).filter((name) => /\.(safetensors|bin|pth?|gguf|ckpt|onnx|msgpack|h5)$/.test(name));
  if (others.length === 0) return '';
  return `, only ${some(others)}; accepted are weights in the safetensors format, under the names that transformers gives them`;
}
