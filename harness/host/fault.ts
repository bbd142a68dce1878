/** What went wrong with a file, in words: what a person can do something about. */

const WORDS: Record<string, string> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder; a file is expected',
  ENOTDIR: 'a part of its path is a file; a folder is expected',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'cannot be written: the disk is read-only',
  ENOSPC: 'cannot be written: the disk is full',
  EDQUOT: 'cannot be written: the disk quota is used up',
  EEXIST: 'a file is in the way',
  EMFILE: 'too many files are open',
  EFBIG: 'too large a file',
  ERR_FS_FILE_TOO_LARGE: 'over 2 GB; too large a file',
};

/** An error of the file system in words; of anything else, its message. */
export function fileFault(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return WORDS[code ?? ''] ?? message;
}

/** The same with the path in front, where the error knows one. */
export function toldOf(error: unknown): string {
  const { code, path, message } = (error instanceof Error ? error : new Error(String(error))) as NodeJS.ErrnoException;
  const words = WORDS[code ?? ''];
  return words === undefined || typeof path !== 'string' ? message : `${path}: ${words}`;
}
