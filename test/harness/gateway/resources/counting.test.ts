/**
 * Many programs at once, ended in every way: counted is what the system itself knows of processes, folders, ports and files. A process for each of
 * 2,048 programs takes some 20 s of processor time, so that one in eight has one, unless TICKBENCH_ALL_PROCESSES is set.
 */
import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { chat } from '../client.js';
import { freeRange, listening, openFiles, processesOf, Setting, until } from './setting.js';

/** A server on a port, in the cheapest way that is everywhere: Node itself. */
const LISTEN = 'require("node:net").createServer((s)=>s.destroy()).listen(Number(process.argv[1]),"127.0.0.1")';

describe('worlds of many programs', function () {
  this.timeout(240_000);

  /**
   * Plays programs, each of which waits for its world, looks whether it is there, waits until so many have theirs at once, and ends in one of four
   * ways: it is released, says itself that it ends, or is left to its lease or to the gateway's end.
   */
  async function play(
    setting: Setting,
    count: number,
    together: number,
    kindOf: (program: number) => string,
    look: (port: number) => void | Promise<void> = () => undefined,
  ): Promise<void> {
    const worlds = new Set<string>();
    let gathered: (() => void)[] = [];
    const gather = (): Promise<void> =>
      new Promise((resolve) => {
        gathered.push(resolve);
        if (gathered.length < together) return;
        for (const go of gathered) go();
        gathered = [];
      });
    const program = async (i: number): Promise<void> => {
      const name = `program-${i}`;
      const got = await setting.call(name, 200_000, { 'x-tickbench-resource': kindOf(i) });
      expect([got.status, got.headers['x-tickbench-resource-state']], name).to.deep.equal([200, 'ready']);
      const folder = got.headers['x-tickbench-resource-folder'] as string;
      expect(existsSync(folder), name).to.equal(true);
      worlds.add(folder);
      await look(Number(got.headers['x-tickbench-resource-port']));
      await gather();
      // The last ones are ended by their leases, or with the gateway.
      if (i >= count - 12) return;
      if (i % 3 === 0) await chat(setting.running.url, 'x', { 'x-session-id': name, 'x-dynamo-session-final': 'true' }, { stream: false });
      else await setting.release(name);
    };
    await Promise.all(Array.from({ length: count }, (_, i) => program(i)));
    expect(worlds.size, 'worlds of their own').to.equal(count);
  }

  async function leavesNothing(setting: Setting, before: number, [from, to]: [number, number]): Promise<void> {
    await setting.stop();
    expect(setting.folders(), 'folders').to.deep.equal([]);
    expect(processesOf(setting.root), 'processes').to.deep.equal([]);
    expect(listening(from, to), 'ports that somebody listens on').to.deep.equal([]);
    await until(() => openFiles() <= before, `no more files are open than ${before} before`);
    expect(setting.said.filter((line) => /reclaimed/.test(line))).to.deep.equal([]);
  }

  // What is opened once and for all, by whatever comes first, is open before anything is counted.
  before(async () => {
    const setting = new Setting();
    try {
      await setting.start({ atOnce: 1, kinds: { sleeper: { limit: 1, folder: true, start: { command: ['sleep', '600'] } } } });
      await play(setting, 1, 1, () => 'sleeper');
      await setting.stop();
    } finally {
      await setting.remove();
    }
  });

  it('2,048 programs with folders, ports and processes, hundreds at once: nothing is left', async () => {
    const setting = new Setting();
    const before = openFiles();
    const from = await freeRange(600, 21_000);
    const range: [number, number] = [from, from + 599];
    try {
      const place = { limit: 256, folder: true, port: { from: range[0], to: range[1] } };
      const kinds = { sleeper: { ...place, start: { command: ['sleep', '600'] } }, place };
      await setting.start({ atOnce: 32, kinds }, { scheduling: { leaseMs: 3000, refuseAfterMs: 230_000 } });
      const all = process.env.TICKBENCH_ALL_PROCESSES !== undefined;
      await play(setting, 2048, 256, (i) => (all || i % 8 === 0 ? 'sleeper' : 'place'));
      await until(() => setting.folders().length === 0, 'the leases end');
      await leavesNothing(setting, before, range);
    } finally {
      await setting.remove();
    }
  });

  it('64 programs at once with servers that listen, some of them alive when the gateway ends: nothing is left', async () => {
    const setting = new Setting();
    const before = openFiles();
    const from = await freeRange(64, 23_000);
    const range: [number, number] = [from, from + 63];
    try {
      const start = { command: [process.execPath, '-e', LISTEN, '{port}'], ready: 'port', readyWithinS: 120 };
      await setting.start({ atOnce: 8, kinds: { server: { limit: 64, folder: true, port: { from: range[0], to: range[1] }, start } } });
      await play(
        setting,
        64,
        64,
        () => 'server',
        async (port) => {
          await new Promise<void>((resolve, reject) => connect(port, '127.0.0.1', resolve).on('error', reject).on('connect', function (this: { destroy(): void }) { this.destroy(); })); // prettier-ignore
        },
      );
      await until(() => setting.folders().length === 12, 'those that were released are gone');
      expect(listening(...range).length).to.equal(12);
      await leavesNothing(setting, before, range);
    } finally {
      await setting.remove();
    }
  });
});
