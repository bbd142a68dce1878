/**
 * Folders with an embedded database for tests. Making one takes PostgreSQL's initdb some seconds of processor time, so one is made, kept among the
 * temporary files for the version in use, and copied.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The version of the embedded PostgreSQL that is installed. */
function version(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  return (JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')) as { version: string }).version;
}

/** Makes a folder whose embedded database is there and empty. */
export async function embeddedFolder(folder: string): Promise<void> {
  const template = join(tmpdir(), `tickbench-test-pglite-${version()}-${process.getuid?.() ?? 0}`);
  if (!existsSync(template)) {
    const made = mkdtempSync(`${template}-`);
    const program = `
      const { PGlite } = await import('@electric-sql/pglite');
      const database = new PGlite({ dataDir: process.argv[1] });
      await database.waitReady;
      await database.close();`;
    execFileSync(process.execPath, ['--input-type=module', '-e', program, join(made, 'data')], { cwd: import.meta.dirname });
    try {
      renameSync(made, template);
    } catch {
      rmSync(made, { recursive: true, force: true }); // another test file was faster
    }
  }
  mkdirSync(dirname(folder), { recursive: true });
  cpSync(template, folder, { recursive: true });
}
