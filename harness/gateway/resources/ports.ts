/** Ports of worlds: each of a range that nobody listens on, and no two worlds' the same. */
import { createServer } from 'node:net';

export class Ports {
  private readonly taken = new Set<number>();
  /** Where the search in a range goes on: a port that was given back last is given again last. */
  private readonly cursors = new Map<string, number>();

  /** Takes a port. Another program may still take it before the world's own listens. @throws when none of the range is free */
  async take({ from, to }: { from: number; to: number }): Promise<number> {
    const range = `${from}-${to}`;
    const count = to - from + 1;
    for (let tried = 0; tried < count; tried++) {
      const at = this.cursors.get(range) ?? 0;
      this.cursors.set(range, (at + 1) % count);
      const port = from + at;
      if (this.taken.has(port)) continue;
      this.taken.add(port);
      if (await isFree(port)) return port;
      this.taken.delete(port);
    }
    throw new Error(`no port from ${from} to ${to} is free`);
  }

  giveBack(port: number): void {
    this.taken.delete(port);
  }

  /** Ports that worlds have. */
  get size(): number {
    return this.taken.size;
  }
}

/** Whether nobody listens on a port: neither on this machine's own address nor on all. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
