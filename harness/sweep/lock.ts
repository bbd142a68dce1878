/** One sweep at a time plays into a results folder. */
import { lockFolder as lock } from '../host/folder-lock.js';
import { StoreError } from './store.js';

/**
 * Takes a results folder for this process. A lock whose process is gone is taken over, and that is said.
 * @returns what gives it back; a process that ends by itself gives it back too @throws StoreError when another sweep has it
 */
export function lockFolder(folder: string, say: (line: string) => void): () => void {
  const words = {
    holder: 'a sweep',
    taken: 'another sweep plays into it',
    instead: 'wait for it, or give this one a folder of its own with --out',
    error: (message: string) => new StoreError(message),
  };
  return lock(folder, words, say);
}
