/**
 * Rollouts with a model in front: markets whose orders the embedded engine answers, each world a program that remembers what it saw and said, with
 * the gateway between them and the engine, beside calls that the engine is sent one by one. With memory for the keys and values of all worlds, and
 * for a part. Worlds, gateway and engine share this machine's cores; nothing is emulated.
 */
import { startGateway } from '../../harness/gateway/server.js';
import { parseGatewaySettings } from '../../harness/gateway/settings.js';
import { Session } from '../../harness/rollout/session.js';
import { TURNS } from '../harness/gateway/scheduling/pressure.js';
import { rowsOf } from './gateway-figures.js';
import { playPrograms, type Played, type Program } from './gateway-programs.js';
import type { BenchRow } from './main.js';
import { startEngine } from './served-engine.js';

const MODEL = 'tb-4m';
const WORLDS = 16;
/** Tokens of key-value memory: a program ends with some 800. */
const SETTINGS = [
  { name: 'memory for all', tokens: 16_384 },
  { name: 'memory for a third', tokens: 4096 },
];
/** A run takes a few seconds, so each is made several times, in turn. */
const ORDER = Array.from({ length: 4 }, (_, i) => (i % 2 === 0 ? [false, true] : [true, false])).flat();
/** Every market begins otherwise, so no run finds the texts of an earlier one in the engine's memory. */
const CREATE = { task: 'hft', options: { durationUs: 60_000_000, gridUs: 100_000 }, observe: 'text', latencyTicks: 1 };

interface Told {
  worlds: { seats: { text: string }[]; terminated: boolean; error?: unknown }[];
}

/** One world and what its player remembers: every call's prompt is the one before with its answer and what came of it. */
class Remembered implements Program {
  private prompt = '';
  private turns = 0;

  constructor(
    private readonly worlds: Session,
    private readonly world: number,
    private readonly seed: number,
  ) {}

  async next(answer = ''): Promise<string | undefined> {
    const { world, seed } = this;
    const frame =
      this.turns === 0
        ? { do: 'reset', worlds: [world], seed }
        : { do: 'step', steps: [{ world, actions: [{ answer: answer === '' ? 'hold;' : answer }] }] };
    const [part] = (JSON.parse(await this.worlds.answer(JSON.stringify({ id: 0, ...frame }))) as Told).worlds;
    if (!part || part.error !== undefined) throw new Error(JSON.stringify(part));
    if (part.terminated || this.turns++ === TURNS) return undefined;
    this.prompt += `${answer}\n${part.seats[0]!.text}\n`;
    return this.prompt;
  }

  /** The world has been played on by then. */
  actMs(): number {
    return 0;
  }
}

/** Measures; some minutes on a busy machine of two cores. */
export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const worlds = new Session(0);
  await worlds.answer(JSON.stringify({ id: 0, do: 'create', worlds: WORLDS, ...CREATE }));
  let seed = 1;
  for (const { name, tokens } of SETTINGS) {
    const engine = await startEngine(MODEL, tokens);
    const settings = { listen: { port: 0 }, backends: [{ name: 'engine', url: engine.url }], scheduling: { outputTokens: 16 } };
    const gateway = await startGateway(parseGatewaySettings(settings, 'bench'));
    const all = { ours: [] as Played[], peer: [] as Played[] };
    for (const isOurs of ORDER) {
      const programs = Array.from({ length: WORLDS }, (_, world) => new Remembered(worlds, world, seed + world));
      seed += WORLDS;
      all[isOurs ? 'ours' : 'peer'].push(await playPrograms(programs, MODEL, isOurs ? gateway.url : engine.url, isOurs));
    }
    await gateway.stop();
    await engine.stop();
    const note = `${WORLDS} worlds, a step for each call; peer: call by call, without the gateway; ${tokens} tokens of memory; means of ${ORDER.length / 2} runs each`;
    rows.push(...rowsOf(name, all.ours, all.peer, 'call by call', note));
  }
  await worlds.stop();
  return rows;
}
