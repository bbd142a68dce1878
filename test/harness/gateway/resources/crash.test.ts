/** A gateway that is killed at any instant: the next start, or `--reclaim`, leaves nothing of its worlds. */
import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { ReclaimReport } from '../../../../harness/gateway/resources/root.js';
import { packageRoot } from '../../../../harness/host/root.js';
import { chat } from '../client.js';
import { EmulatedBackend } from '../emulated-backend.js';
import { generator } from '../scheduling/world.js';
import { processesOf } from './setting.js';

/** What stands for containers here: files outside of the worlds' folders, that only the release command takes away. */
const PREPARE = 'mkdir -p "$1" && sleep 0.02 && touch "$1/$2" && sleep 0.02 && echo \'{"made":true}\'';
const RELEASE = 'sleep 0.02; rm -f "$1/$2"';

describe('a gateway that is killed', function () {
  this.timeout(180_000);

  let folder: string;
  let file: string;
  let backend: EmulatedBackend;
  const children: ChildProcess[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-killed-'));
    file = join(folder, 'gateway.yaml');
    mkdirSync(join(folder, 'warm'));
    for (const name of ['one', 'two']) writeFileSync(join(folder, 'warm', name), name.repeat(1000));
    backend = await new EmulatedBackend({ name: 'a', capacityTokens: 1 << 20, prefillMs: 0, decodeMs: 1 }).start();
    const boxes = '{here}/boxes';
    const kinds = {
      box: { limit: 8, folder: { from: './warm' }, prepare: { command: ['sh', '-c', PREPARE, 'sh', boxes, '{world}'] }, release: { command: ['sh', '-c', RELEASE, 'sh', boxes, '{world}'] } },
      process: { limit: 8, folder: true, graceS: 0.2, start: { command: ['sh', '-c', 'setsid sleep 600 & echo up; exec sleep 601'], ready: { line: 'up' } } },
    }; // prettier-ignore
    writeFileSync(file, stringify({ backends: [{ name: 'a', url: backend.url }], resources: { folder: './worlds', atOnce: 4, kinds } }));
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await backend.kill();
    rmSync(folder, { recursive: true });
  });

  function started(...flags: string[]): { child: ChildProcess; said: () => string; over: Promise<number | null> } {
    const child = spawn(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), 'gateway', file, '--json', ...flags]);
    children.push(child);
    let said = '';
    child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
    return { child, said: () => said, over: once(child, 'close').then(([code]) => code as number | null) };
  }

  /** What is there of worlds, as the system and the disk tell it. */
  function left(): { processes: number; folders: number; boxes: number } {
    const count = (path: string): number => {
      try {
        return readdirSync(path).length;
      } catch {
        return 0; // not made yet
      }
    };
    const worlds = join(folder, 'worlds');
    return { processes: processesOf(worlds).length, folders: count(join(worlds, 'worlds')), boxes: count(join(folder, 'boxes')) };
  }

  const NOTHING = { processes: 0, folders: 0, boxes: 0 };

  it('ten times at random instants, leaves nothing behind after the next start', async () => {
    const random = generator(20);
    let [killedAmidst, reclaimed] = [0, 0];
    for (let round = 0; round < 10; round++) {
      const { child, over, said } = started('--port', '0');
      const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
      // It serves: what the one before it left is gone.
      expect(left(), `round ${round}: ${said()}`).to.deep.equal(NOTHING);
      const { url } = JSON.parse(line) as { url: string };
      let isOver = false;
      const program = async (name: string): Promise<void> => {
        for (let i = 0; !isOver; i++) {
          const headers = { 'x-session-id': `${name}.${i}`, 'x-tickbench-resource': random(2) === 0 ? 'box' : 'process' };
          await chat(url, 'x', { ...headers, 'x-tickbench-resource-wait-ms': '60000' });
          await chat(url, 'x', { ...headers, 'x-dynamo-session-final': 'true' });
        }
      };
      const programs = Array.from({ length: 6 }, (_, i) => program(`${round}.${i}`).catch(() => undefined));
      // Every other time in the midst of worlds, also where this host is too busy to have made one by then.
      if (round % 2 === 1) while (left().folders === 0) await sleep(10);
      await sleep(30 + random(400));
      child.kill('SIGKILL');
      await over;
      isOver = true;
      await Promise.all(programs);
      const before = left();
      if (before.processes + before.folders + before.boxes > 0) killedAmidst++;
      if (round % 3 !== 2) continue;
      const cleaning = started('--reclaim');
      const output: Buffer[] = [];
      cleaning.child.stdout!.on('data', (piece: Buffer) => output.push(piece));
      expect(await cleaning.over, cleaning.said()).to.equal(0);
      const report = JSON.parse(Buffer.concat(output).toString()) as ReclaimReport;
      expect(report).to.include({ folders: before.folders }).and.deep.include({ left: [] });
      expect(report.worlds).to.be.at.least(before.folders);
      expect(left()).to.deep.equal(NOTHING);
      reclaimed += report.worlds;
    }
    // Otherwise nothing was tested.
    expect(killedAmidst).to.be.at.least(5);
    expect(reclaimed).to.be.above(0);
    expect(readFileSync(join(folder, 'worlds', 'journal'), 'utf8')).to.match(/^\{"start":"[0-9a-f]{8}"\}\n/);
  });

  it('by SIGTERM instead reclaims everything itself, and ends with status 0', async () => {
    const { child, over } = started('--port', '0');
    const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const headers = (kind: string): Record<string, string> => ({ 'x-session-id': kind, 'x-tickbench-resource': kind, 'x-tickbench-resource-wait-ms': '60000' }); // prettier-ignore
    await Promise.all(['box', 'process'].map((kind) => chat(url, 'x', headers(kind))));
    expect(left()).to.deep.equal({ processes: 2, folders: 2, boxes: 1 });
    child.kill('SIGTERM');
    expect(await over).to.equal(0);
    expect(left()).to.deep.equal(NOTHING);
  });
});
