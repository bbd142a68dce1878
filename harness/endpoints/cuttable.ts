/** An endpoint that is reached through a relay of ours (relay.ts), and can be cut off. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { packageRoot } from '../host/root.js';
import { ServerProcess } from './child.js';
import { EndpointError } from './errors.js';

const said = z.object({ done: z.string(), url: z.string().optional() });

export class CuttableEndpoint {
  private constructor(
    private readonly process: ServerProcess,
    private readonly lines: AsyncIterator<string>,
    /** Where the relay is reached, in place of the endpoint's address. */
    readonly url: string,
  ) {}

  /** @param upstream the endpoint's address @throws EndpointError when the relay does not start */
  static async start(upstream: string): Promise<CuttableEndpoint> {
    const started = ServerProcess.program(process.execPath, [join(packageRoot(), 'dist/harness/endpoints/relay-process.js')]);
    const lines = createInterface({ input: started.child.stdout! })[Symbol.asyncIterator]();
    started.child.stdin!.write(`${upstream}\n`);
    const { url } = await heard(lines, 'join', started);
    return new CuttableEndpoint(started, lines, url!);
  }

  /** Cuts every call off, at once. @returns when the endpoint can be called again, so many real milliseconds later @throws EndpointError when the relay ended */
  async cutFor(ms: number): Promise<void> {
    const restored = new Promise((resolve) => setTimeout(resolve, ms));
    await this.tell('cut');
    await restored;
    await this.tell('join');
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }

  private async tell(what: 'cut' | 'join'): Promise<void> {
    this.process.child.stdin!.write(`${what}\n`);
    await heard(this.lines, what, this.process);
  }
}

async function heard(lines: AsyncIterator<string>, what: string, started: ServerProcess): Promise<z.infer<typeof said>> {
  const { value, done } = await lines.next();
  const parsed = done ? undefined : said.safeParse(JSON.parse(value)).data;
  if (parsed?.done === what) return parsed;
  await started.exit;
  throw new EndpointError(`the relay before an endpoint that is to be cut off ${started.ended}${started.lastLines()}`);
}
