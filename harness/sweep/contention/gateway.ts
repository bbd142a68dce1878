/** A gateway between the agents of a group and their endpoint: `tickbench gateway` in a process of its own, for as long as they play. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Configuration } from '../../configuration/configuration.js';
import { ServerProcess } from '../../endpoints/child.js';
import { EndpointError } from '../../endpoints/errors.js';
import type { RunningEndpoint } from '../../endpoints/start.js';
import { packageRoot } from '../../host/root.js';
import type { ContentionGateway } from './plan.js';

/** How long it may take to begin, in milliseconds. */
const START_MS = 30_000;

const started = z.object({ url: z.string() });

/** A gateway that serves one endpoint. */
export interface RunningGateway {
  /** Its address, `/v1` included. */
  url: string;
  stop(): Promise<void>;
}

/** Starts it before an endpoint that answers. @throws EndpointError */
export async function startGatewayBefore(
  endpoint: RunningEndpoint,
  { endpoint: spec }: Configuration,
  { tenants, mostRunning, scheduling }: ContentionGateway,
): Promise<RunningGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-gateway-'));
  const file = join(folder, 'gateway.yaml');
  const key = spec.kind === 'embedded' ? {} : { keyEnv: spec.keyEnv, keyHeader: spec.keyHeader };
  // An engine of ours has no metrics in a match, and of one elsewhere its own limit is not to be guessed: what runs at once is stated.
  const backend = { name: 'endpoint', url: endpoint.url, metrics: 'none', mostRunning, models: [endpoint.model], ...key };
  writeFileSync(file, JSON.stringify({ backends: [backend], tenants, scheduling }), { mode: 0o600 });
  const command = [join(packageRoot(), 'dist/tickbench/main.js'), 'gateway', file, '--port', '0', '--json'];
  const server = ServerProcess.program(process.execPath, command);
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const lines = createInterface({ input: server.child.stdout! });
  const line = await Promise.race([
    new Promise<string | undefined>((done) => lines.once('line', done).once('close', () => done(undefined))),
    sleep(START_MS, undefined, { ref: false }),
  ]);
  const said = line === undefined ? undefined : started.safeParse(parsed(line)).data;
  if (said) return { url: said.url, stop };
  await stop();
  throw new EndpointError(`the gateway ${server.ended ?? `did not begin within ${START_MS / 1000} s`}${server.lastLines()}`);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
