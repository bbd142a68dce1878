/**
 * The gateway in front of the embedded engine (`endpoint serve --sequences 8 --kv-tokens T`), beside the engine asked directly: programs of
 * several turns, with key-value memory for all of them, and for a part. Both take turns in the order A B B A, each on texts of its own. Nothing
 * is emulated; all processes share this machine's cores.
 */
import { startGateway } from '../../harness/gateway/server.js';
import { parseGatewaySettings } from '../../harness/gateway/settings.js';
import type { RenderedChart } from '../../harness/report/charts/frontier.js';
import { Talk, TURNS } from '../harness/gateway/scheduling/pressure.js';
import { drawGatewayRun, rowsOf } from './gateway-figures.js';
import { playPrograms, type Played } from './gateway-programs.js';
import type { BenchRow } from './main.js';
import type { BenchRun } from './recorded-run.js';
import { startEngine } from './served-engine.js';

const MODEL = 'tb-4m';
/** What programs say, so that it fits the model's 1,024 tokens. */
const SIZE = 0.3;
/** How many programs at once, and key-value memory in tokens: 16 programs of some 600 tokens, 250 of them shared, need 6,000, and 32 need 11,500. */
const SETTINGS = [
  { name: '16, memory for all', programs: 16, tokens: 16_384 },
  { name: '16, for a third', programs: 16, tokens: 2048 },
  { name: '32, for a sixth', programs: 32, tokens: 2048 },
];
const ORDER = [false, true, true, false];

/** Measures; some three minutes on an idle machine. */
export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  let seed = 1;
  for (const { name, programs, tokens } of SETTINGS) {
    const engine = await startEngine(MODEL, tokens);
    const settings = { listen: { port: 0 }, backends: [{ name: 'engine', url: engine.url }], scheduling: { outputTokens: 16 } };
    const gateway = await startGateway(parseGatewaySettings(settings, 'bench'));
    const all = { ours: [] as Played[], peer: [] as Played[] };
    for (const isOurs of ORDER) {
      const talks = Array.from({ length: programs }, (_, p) => new Talk(p, seed, SIZE));
      seed++;
      all[isOurs ? 'ours' : 'peer'].push(await playPrograms(talks, MODEL, isOurs ? gateway.url : engine.url, isOurs));
    }
    await gateway.stop();
    await engine.stop();
    const note = `${programs} programs; peer: asked directly; ${tokens} tokens of memory; means of two runs each`;
    rows.push(...rowsOf(name, all.ours, all.peer, 'asked directly', note));
  }
  return rows;
}

/** The picture of a run. */
export function draw(run: BenchRun): RenderedChart {
  const memories = SETTINGS.map(({ name, tokens }) => `${name}: ${tokens.toLocaleString('en-US')} tokens`);
  return drawGatewayRun(run, 'The embedded engine behind the gateway, and without it', `Programs of ${TURNS} calls at once, and memory for keys and values (${memories.join('; ')}). Nothing is emulated; all processes share the host's cores.`);
} // prettier-ignore
