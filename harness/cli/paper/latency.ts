/** `tickbench paper latency`: the published table of latencies by size and format beside ours, measured without matches. */
import { Command, Option } from 'commander';
import { Probes } from '../../../scoring/oracle/probes.js';
import type { Difference } from '../../../scoring/figures/claims.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import { meanInterval } from '../../../scoring/statistics/means.js';
import { pairedDifference } from '../../../scoring/statistics/pairing.js';
import { hashOf } from '../../configuration/hash.js';
import { KEEPS_RUN_QUEUES } from '../../host/run-queue.js';
import { taskNamed } from '../../match/tasks.js';
import { loadBank } from '../../oracle/bank.js';
import { latencyClaims } from '../../paper/claims.js';
import { embeddedEntrant, FAMILY, PLAIN_PRECISIONS, STAND_IN, type FamilyPrecision, type PaperEntrant } from '../../paper/entrants.js';
import { paperJson } from '../../paper/json.js';
import { LatencyFailed, measureLatency, speeds, type AskedEndpoint, type LatencySample } from '../../paper/latency.js';
import { loadPublished } from '../../paper/published.js';
import { counterparts, publishedBits, sameBits, sizesOf } from '../../paper/size.js';
import { claimsText } from '../../paper/text.js';
import { MatchServer } from '../../protocol/server.js';
import { figure, inLine, intervalText, valueText } from '../../report/figures.js';
import { tableText, terminalColumns, wrapped } from '../../report/text.js';
import { identityOf } from '../../seating/identity.js';
import { Processes } from '../../seating/processes.js';
import { INTERRUPTED } from '../interrupt.js';
import { UsageError, whole } from '../values.js';
import { inFolder, namedEntrants, withEndpoints, type EndpointFlags, type Session } from './flags.js';

interface Flags extends EndpointFlags {
  task: 'hft' | 'fighter';
  states: number;
  rounds: number;
}

/** Unscored requests: an engine of ours compiles what it runs; a server caches the prompt's beginning. */
const WARM_UP = { embedded: 12, external: 2 };

const TENSOR: FamilyPrecision = { name: 'fp4-tensor', precision: 'fp4-tensor', bits: 4 };

/** The verb, for the group that assembles them. */
export function paperLatencyCommand(): Command {
  return withEndpoints(new Command('latency'))
    .description('the published latencies by size and format beside ours: requests in turns, no matches')
    .addOption(new Option('--task <name>', 'whose frozen states are asked').choices(['hft', 'fighter']).default('fighter'))
    .option('--states <n>', 'states, the same for everybody', whole, 24)
    .option('--rounds <n>', 'how often each is asked', whole, 3)
    .addHelpText('after', '\nExample:\n  $ tickbench paper latency --endpoint 7B/16=http://host:8001/v1 7B/8=http://host:8002/v1')
    .action(run);
}

/** What was measured of one endpoint. `values`: minus the logarithm of microseconds, by state. */
interface LatencyRow {
  name: string;
  size?: string;
  bits?: number;
  heldBits?: number;
  values: Map<number, number>;
  /** Geometric mean over states, microseconds. */
  us: Estimate;
  invalid: number;
  contended: number;
  requests: number;
}

async function run(flags: Flags): Promise<void> {
  if (flags.states < 3 || flags.rounds < 1) throw new UsageError(`--states ${flags.states} --rounds ${flags.rounds}: accepted: at least 3 states, 1 round`); // prettier-ignore
  const named = await namedEntrants(flags);
  const entrants =
    named ?? FAMILY.flatMap(({ size, model }) => [...PLAIN_PRECISIONS, TENSOR].map((each) => embeddedEntrant(model, size, each)));
  await inFolder(flags, 'paper-latency', async (session) => {
    const rows = await measured(entrants, flags, session).catch((error: unknown) => {
      if (!(error instanceof LatencyFailed) || !session.signal.aborted) throw error;
      session.say(`tickbench: ${error.message}`);
      process.exitCode = INTERRUPTED;
      return undefined;
    });
    if (!rows) return;
    const published = loadPublished();
    // A size's rows at 4 bits are two formats: the claims take the first of them, which is NVFP4-like in the family.
    const claimed = rows.filter((row) => rows.find((each) => each.size === row.size && row.bits !== undefined && each.bits !== undefined && sameBits(each.bits, row.bits)) === row); // prettier-ignore
    const claims = latencyClaims(claimed);
    const asked = { task: flags.task, states: flags.states, rounds: flags.rounds, runQueues: KEEPS_RUN_QUEUES };
    const data = paperJson('latency', { published: published.latency, asked, rows: rows.map(({ values, ...row }) => ({ ...row, states: values.size })), claims, standIn: named === undefined }); // prettier-ignore
    session.store.write('summary.json', JSON.stringify(data, null, 1));
    for (const row of rows.filter(({ us }) => us.value === null)) {
      session.say(
        `tickbench: ${row.name}: no latency: of ${row.requests} answers ${row.invalid} hold no legal action, ${row.contended} were disturbed`,
      );
      process.exitCode = 1;
    }
    if (flags.json) {
      process.stdout.write(`${JSON.stringify(data)}\n`);
      return;
    }
    const columns = terminalColumns();
    const [contended, invalid, requests] = (['contended', 'invalid', 'requests'] as const).map((key) => rows.reduce((sum, row) => sum + row[key], 0)); // prettier-ignore
    const text = [
      ...(named ? [] : [STAND_IN]),
      `Ours: real ms from a request to the action in its answer, of ${flags.states} states of ${flags.task}, each asked ${flags.rounds} times, in turns; geometric mean over states of the median. An answer's length is the model's own.`,
      '',
      latencyText(rows, columns),
      '',
      ratioText(rows, columns),
      '',
      claimsText(claims, '', columns, asRatio),
      '',
      `Claims are judged by paired 95 % intervals over states. Left out of ${requests} requests: ${invalid} whose answer holds no legal action, ${contended} that waited for a processor of this host even when asked again.${KEEPS_RUN_QUEUES ? '' : ' This host keeps no account of such waits: contention was not looked for.'} W4A16 (4-bit weights, 16-bit activations) is none of ours: no such format is played here.`,
      `Published: ${published.source}. Samples and figures: ${session.shown}`,
    ];
    process.stdout.write(`${text.map((line) => wrapped(line, columns)).join('\n')}\n`);
  });
}

/** Asks everybody in turns, all endpoints up at once. @throws LatencyFailed, EndpointError, StoreError */
async function measured(entrants: readonly PaperEntrant[], flags: Flags, { store, say, signal }: Session): Promise<LatencyRow[]> {
  const task = taskNamed(flags.task);
  const probes = new Probes(task, loadBank(task.name), flags.states);
  const states = probes.probes.map(({ text }) => text);
  const server = await MatchServer.listen({});
  const processes = new Processes(server, say, { maxCalls: flags.maxCalls });
  try {
    const asked: AskedEndpoint[] = [];
    const rows: Omit<LatencyRow, 'values' | 'us' | 'invalid' | 'contended' | 'requests'>[] = [];
    for (const { configuration, size, bits } of entrants) {
      const endpoint = await processes.endpoint(configuration);
      asked.push({ name: configuration.name, identity: await identityOf(configuration, task), asker: await processes.asker(configuration), pid: endpoint.pid }); // prettier-ignore
      const counted = bits ?? (endpoint.summary && publishedBits(endpoint.summary));
      rows.push({ name: configuration.name, size, bits: counted, heldBits: endpoint.summary?.bitsPerWeight });
    }
    const isEmbedded = entrants[0]!.configuration.endpoint.kind === 'embedded';
    let told = 0;
    const samples = await measureLatency(asked, {
      ...{ task, states, rounds: flags.rounds, warmUp: isEmbedded ? WARM_UP.embedded : WARM_UP.external },
      ...{ path: store.keptPath('paper', 'latency', 'jsonl'), key: hashOf([task.name, states]), signal },
      onProgress: (done, total) => {
        if (done < total && done - told < 100) return;
        told = done;
        say(`${done}/${total} requests`);
      },
    });
    return rows.map((row) => ({ ...row, ...figuresOf(samples, row.name) }));
  } finally {
    await processes.stop();
    await server.close();
  }
}

function figuresOf(
  samples: readonly LatencySample[],
  name: string,
): Pick<LatencyRow, 'values' | 'us' | 'invalid' | 'contended' | 'requests'> {
  // prettier-ignore
  const own = samples.filter(({ entrant }) => entrant === name);
  const values = speeds(samples, name);
  const logs = meanInterval([...values.values()].map((value) => -value));
  const back = (value: number | null): number | null => (value === null ? null : Math.exp(value));
  return {
    values,
    us: { value: back(logs.value), low: back(logs.low), high: back(logs.high), n: logs.n },
    invalid: own.filter(({ invalid }) => invalid).length,
    contended: own.filter(({ contended }) => contended).length,
    requests: own.length,
  };
}

/** Published milliseconds, and ours of the size that stands for each. */
function latencyText(rows: readonly LatencyRow[], columns: number): string {
  const { rows: published } = loadPublished().latency;
  const bySize = counterparts(sizesOf(published), sizesOf(rows));
  const taken = new Set<LatencyRow>();
  const cells = published.flatMap((row) =>
    (['fp16', 'fp8', 'w4a16', 'fp4'] as const).map((format) => {
      const own = format === 'w4a16' ? undefined : rows.find(({ size, bits }) => size !== undefined && size === bySize.get(row.size) && bits !== undefined && sameBits(bits, BITS[format])); // prettier-ignore
      if (own) taken.add(own);
      return [`${row.size} ${format}`, `${row[format]}`, own?.name ?? '-', ...oursOf(own)];
    }),
  );
  const others = rows.filter((row) => !taken.has(row)).map((own) => ['-', '-', own.name, ...oursOf(own)]);
  const head = ['published', 'ms', 'ours', 'ms (95 %, states)', 'bits held', 'invalid'];
  return tableText(head, [...cells, ...others], columns, ['left', 'right', 'left', 'left', 'right', 'right']);
}

const BITS = { fp16: 16, fp8: 8, fp4: 4 };

function oursOf(own: LatencyRow | undefined): string[] {
  if (!own) return ['-', '-', '-'];
  const held = own.heldBits === undefined ? '-' : figure(own.heldBits);
  const interval = own.us.value === null ? '' : ` (${intervalText(own.us, 1e-3)}, ${own.us.n})`;
  return [`${valueText(own.us, 1e-3)}${interval}`, held, `${own.invalid}/${own.requests}`];
}

/** How much shorter each format is than 16 bits of the same size. */
function ratioText(rows: readonly LatencyRow[], columns: number): string {
  const { rows: published } = loadPublished().latency;
  const theirs = published.map((row) => [`${row.size} published`, figure(row.fp8 / row.fp16), figure(row.fp4 / row.fp16)]);
  const own = sizesOf(rows).map((size) => {
    const at = (bits: number): LatencyRow | undefined => rows.find((row) => row.size === size && row.bits !== undefined && sameBits(row.bits, bits)); // prettier-ignore
    const sixteen = at(16);
    return [`${size} ours`, ...[8, 4].map((bits) => (sixteen && at(bits) ? inLine(ratioOf(sixteen, at(bits)!)) : '-'))];
  });
  return tableText(['times 16 bits', 'fp8', 'fp4'], [...theirs, ...own], columns);
}

/** The second's latency over the first's. */
function ratioOf(first: LatencyRow, second: LatencyRow): Estimate {
  return exponential(pairedDifference(first.values, second.values));
}

function exponential({ value, low, high, n }: Estimate): Estimate {
  const of = (each: number | null): number | null => (each === null ? null : Math.exp(each));
  return { value: of(value), low: of(low), high: of(high), n };
}

/** A difference of logarithms as what it says: how many times as long the second takes. */
function asRatio({ first, second, difference }: Difference): string {
  if (difference.value === null) return `${second} and ${first}: no request of both counts`;
  return `${second} takes ${inLine(exponential(difference))} times as long as ${first}`;
}
