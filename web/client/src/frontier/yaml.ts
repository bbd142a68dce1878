/** A recorded configuration as YAML, the way a configuration file is written. */
import { stringify } from 'yaml';
import type { Recorded } from './recorded.js';

/** Members that no file has: what the engine said of itself, and the hash of what it is. */
const LEARNT = new Set(['engine', 'identity', 'calledItself', 'price']);

/** The YAML; empty where nothing was recorded. */
export function yamlOf(configuration: Recorded['configuration']): string {
  const kept = Object.entries(configuration).filter(([key, value]) => !LEARNT.has(key) && value !== undefined);
  return kept.length === 0 ? '' : stringify(Object.fromEntries(kept), { lineWidth: 100 });
}
