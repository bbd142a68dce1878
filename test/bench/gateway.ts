/**
 * The gateway: programs of several turns on backends whose model and KV cache are EMULATED (test/harness/gateway/emulated-backend.ts): calls a
 * second, the share of prompt tokens that were computed, latencies, and Jain's index over the programs' rates, beside the same programs without
 * a gateway in the same run: on one backend asked directly, on two in turn. Then 2,048 programs at once. All of it is in one process.
 */
import { startGateway, type RunningGateway } from '../../harness/gateway/server.js';
import { parseGatewaySettings } from '../../harness/gateway/settings.js';
import type { RenderedChart } from '../../harness/report/charts/frontier.js';
import { chat } from '../harness/gateway/client.js';
import { EmulatedBackend } from '../harness/gateway/emulated-backend.js';
import { EMULATED, SETTINGS, Talk, TURNS } from '../harness/gateway/scheduling/pressure.js';
import { drawGatewayRun, rowsOf } from './gateway-figures.js';
import { playPrograms, release, type Played } from './gateway-programs.js';
import type { BenchRow } from './main.js';
import type { BenchRun } from './recorded-run.js';

/** Measures; about a minute on an idle machine. */
export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const count of [1, 2])
    for (const programs of [4, 16, 64]) {
      const peer = await measure(programs, count, false);
      const ours = await measure(programs, count, true);
      const peerIs = count === 1 ? 'asked directly' : 'round robin';
      const note = `emulated model and cache; peer: ${peerIs}; ${programs * TURNS} calls each`;
      rows.push(...rowsOf(`${programs} programs, ${count} emulated`, [ours], [peer], peerIs, note));
    }
  rows.push(...(await many(2048)));
  return rows;
}

/** The picture of a run. */
export function draw(run: BenchRun): RenderedChart {
  return drawGatewayRun(run, 'EMULATED backends behind the gateway and without it', `Model and cache are EMULATED: the figures show scheduling, not a model's speed. Programs of ${TURNS} calls at once, on one or two backends of ${EMULATED.capacityTokens.toLocaleString('en-US')} tokens of cache each.`);
} // prettier-ignore

async function started(count: number): Promise<EmulatedBackend[]> {
  return Promise.all(Array.from({ length: count }, (_, b) => new EmulatedBackend({ name: `b${b}`, ...EMULATED }).start()));
}

async function gatewayOf(backends: readonly EmulatedBackend[]): Promise<RunningGateway> {
  const named = backends.map(({ how: { name }, url }) => ({ name, url }));
  return startGateway(parseGatewaySettings({ listen: { port: 0 }, backends: named, scheduling: SETTINGS }, 'bench'));
}

async function measure(programs: number, count: number, isOurs: boolean): Promise<Played> {
  const backends = await started(count);
  const gateway = isOurs ? await gatewayOf(backends) : undefined;
  let turn = 0;
  const talks = Array.from({ length: programs }, (_, p) => new Talk(p));
  const played = await playPrograms(talks, 'emulated', gateway?.url ?? (() => backends[turn++ % count]!.url), isOurs);
  await gateway?.stop();
  for (const backend of backends) await backend.kill();
  return played;
}

/** So many programs at once, two turns each: what hung, what was left. */
async function many(programs: number): Promise<BenchRow[]> {
  const backends = await started(4);
  const gateway = await gatewayOf(backends);
  let answered = 0;
  const beganMs = performance.now();
  await Promise.all(
    Array.from({ length: programs }, async (_, p) => {
      let prompt = `program ${p} ${'x'.repeat(400)}`;
      for (let i = 0; i < 2; i++) {
        prompt += ` turn ${i} `.repeat(10);
        const got = await chat(gateway.url, prompt, { 'x-session-id': `p${p}` }).catch(() => undefined); // what broke off is not answered
        if (got?.status === 200 && got.whole) answered++;
      }
      await release(gateway.url, `p${p}`);
    }),
  );
  const seconds = (performance.now() - beganMs) / 1000;
  const left = gateway.gateway.programs().length + gateway.gateway.openCalls;
  await gateway.stop();
  for (const backend of backends) await backend.kill();
  const what = `${programs} programs at once, 4 emulated`;
  return [
    { case: `${what}: calls`, unit: '1/s', ours: answered / seconds, note: 'emulated model and cache' },
    { case: `${what}: not answered whole`, unit: 'calls', ours: 2 * programs - answered },
    { case: `${what}: programs and calls left behind`, unit: '', ours: left },
  ];
}
