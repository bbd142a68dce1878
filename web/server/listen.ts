/** Takes the port asked for, or the first free one after it: a second page on the same host must not fail. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const MOST_TRIES = 21;

/** @returns the port taken. @throws the listening error when it is another one than "in use", or when 21 ports are. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || port === 0 || tries >= MOST_TRIES || port >= 65535) throw error;
      port++;
    }
  }
}

/** Whether an address to listen on is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
