/** What tests of resources share: a gateway with an emulated backend, and counts of what is left that ask the system itself. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway, type RunningGateway } from '../../../../harness/gateway/server.js';
import { parseGatewaySettings } from '../../../../harness/gateway/settings.js';
import { ask, chat, json, type Answered } from '../client.js';
import { EmulatedBackend } from '../emulated-backend.js';

/** Waits for something to come true, half a minute at most. @throws with what it waited for */
export async function until(what: () => boolean | Promise<boolean>, told: string): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    if (await what()) return;
    await sleep(20);
  }
  throw new Error(`it did not come true within 30 s: ${told}`);
}

/** Numbers of processes that were started for worlds below a folder, or given its name: by their environments, the system asked directly. */
export function processesOf(root: string): number[] {
  return readdirSync('/proc').map(Number).filter((pid) => pid > 0 && pid !== process.pid && belongs(pid, root)); // prettier-ignore
}

function belongs(pid: number, root: string): boolean {
  try {
    const isZombie = /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return !isZombie && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TICKBENCH_FOLDER=${root}`);
  } catch {
    return false; // it has ended, or is another user's
  }
}

/** Ports of a range on which somebody listens (proc(5): /proc/net/tcp, state 0A). */
export function listening(from: number, to: number): number[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A')
      .map(([, local]) => parseInt(local!.split(':')[1]!, 16))
      .filter((port) => port >= from && port <= to),
  );
}

export const openFiles = (): number => readdirSync('/proc/self/fd').length;

/** The beginning of a range of ports in which nobody listens now. @param base where the ports of one test's file begin: files run beside each other */
export async function freeRange(count: number, base: number): Promise<number> {
  for (let from = base; from + count <= base + 2000; from += count) {
    if (listening(from, from + count - 1).length > 0) continue;
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(from, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return from;
  }
  throw new Error(`no ${count} ports in a row are free`);
}

/** A gateway with resources in a folder of its own, in front of an emulated backend. */
export class Setting {
  readonly root = mkdtempSync(join(tmpdir(), 'tickbench-worlds-'));
  readonly said: string[] = [];
  backend!: EmulatedBackend;
  running!: RunningGateway;
  private isStopped = false;

  async start(resources: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<this> {
    this.backend = await new EmulatedBackend({ name: 'a', capacityTokens: 1 << 20, prefillMs: 0, decodeMs: 0 }).start();
    const backends = [{ name: 'a', url: this.backend.url, ...(more.backend as object) }];
    const { backend: _, ...rest } = more;
    const raw = { ...rest, listen: { port: 0 }, backends, resources: { folder: this.root, ...resources } };
    this.running = await startGateway(parseGatewaySettings(raw, 'test', this.root), (line) => this.said.push(line));
    return this;
  }

  get site(): string {
    return this.running.url.replace(/\/v1$/, '');
  }

  /** A call of a program. @param waitMs how long it waits for its resource */
  call(program: string, waitMs = 0, headers: Record<string, string> = {}): Promise<Answered> {
    const wait: Record<string, string> = waitMs === 0 ? {} : { 'x-tickbench-resource-wait-ms': String(waitMs) };
    return chat(this.running.url, 'x', { 'x-session-id': program, ...wait, ...headers });
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of any shape
  async resource(program: string): Promise<any> {
    return json(await ask(`${this.site}/programs/${program}`)).resource;
  }

  release(program: string): Promise<Answered> {
    return ask(`${this.site}/programs/${program}/release`, { method: 'POST' });
  }

  folders(): string[] {
    return readdirSync(join(this.root, 'worlds'));
  }

  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    await this.running?.stop();
    await this.backend?.kill();
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.root, { recursive: true, force: true });
  }
}
