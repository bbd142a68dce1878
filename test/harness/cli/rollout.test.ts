/** `tickbench rollout` over a local socket: each learner has worlds of its own, and a socket that only its owner may open. */
import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { rolloutSchemaText } from '../../../harness/cli/rollout.js';
import { packageRoot } from '../../../harness/host/root.js';

const main = join(packageRoot(), 'dist', 'harness', 'cli', 'main.js');

/** A learner on a socket. */
function learner(path: string): { socket: Socket; ask: (frame: object) => Promise<Record<string, unknown>> } {
  const socket = connect(path);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    socket,
    async ask(frame) {
      socket.write(`${JSON.stringify(frame)}\n`);
      return JSON.parse((await lines.next()).value as string) as Record<string, unknown>;
    },
  };
}

describe('tickbench rollout --listen', function () {
  this.timeout(60_000);
  let folder: string;
  let server: ChildProcess;
  before(function () {
    if (process.platform === 'win32') this.skip();
    folder = mkdtempSync(join(tmpdir(), 'tickbench-rollout-'));
  });
  after(() => {
    server?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('serves several learners at once, goes on when one breaks off, and leaves nothing behind', async () => {
    const path = join(folder, 'w.sock');
    server = spawn(process.execPath, [main, 'rollout', '--listen', path, '--threads', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
    await once(server.stderr!, 'data');
    expect(statSync(path).mode & 0o077).to.equal(0);
    const [a, b] = [learner(path), learner(path)];
    const create = { id: 1, do: 'create', worlds: 2, task: 'fighter' };
    expect(await a.ask(create)).to.include({ first: 0, count: 2 });
    expect(await b.ask({ ...create, worlds: 1 })).to.include({ first: 0, count: 1 });
    const [ofA, ofB] = await Promise.all([a.ask({ id: 2, do: 'reset', seed: 3 }), b.ask({ id: 2, do: 'reset', seed: 3 })]);
    expect((ofA['worlds'] as unknown[]).length).to.equal(2);
    expect((ofB['worlds'] as unknown[])[0]).to.deep.equal((ofA['worlds'] as unknown[])[0]);
    a.socket.write('{"id":3,"do":"st');
    a.socket.destroy();
    const stepped = await b.ask({ id: 3, do: 'step', steps: [{ world: 0, actions: [{ answer: 'jab;' }] }] });
    expect(stepped['worlds']).to.have.nested.property('[0].terminated', false);
    server.kill('SIGTERM');
    await once(server, 'exit');
    expect(existsSync(path)).to.equal(false);
  });

  it('the JSON Schema in docs is the one that the code makes', () => {
    const schema = join(packageRoot(), 'docs', 'rollout.schema.json');
    if (process.env['TICKBENCH_RECORD_DOCS'] !== undefined) writeFileSync(schema, rolloutSchemaText());
    expect(readFileSync(schema, 'utf8')).to.equal(rolloutSchemaText());
  });
});
