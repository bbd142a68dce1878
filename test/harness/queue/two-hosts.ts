/**
 * Two hosts on one machine: Linux network namespaces with a line between them, which may be slow, and may be cut. Neither sees the other's loopback,
 * nor this machine's network. Their clocks, processors and disks are this machine's.
 */
import { execFileSync } from 'node:child_process';

/** What delays the line: netem by a stated time; where this kernel has none, a token bucket by the time that each packet takes; or nothing could. */
export type Delay = 'netem' | 'tbf' | 'none';

export interface TwoHosts {
  /** Commands run there by `ip netns exec NAME`. */
  a: { name: string; address: string };
  b: { name: string; address: string };
  delay: Delay;
  /** Nothing gets through until it is mended; nobody is told. */
  cut(): void;
  mend(): void;
  remove(): void;
}

/** One way, in milliseconds, where netem delays. */
export const DELAY_MS = 20;
/** How slow the line is where a token bucket delays: a packet of 1,500 bytes takes 12 ms. */
const RATE = '1mbit';

export const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Makes two network namespaces, or says why this machine cannot. @param purpose a part of their names */
export function namespaces(purpose: string): { names: [string, string]; remove(): void } | { why: string } {
  if (process.platform !== 'linux') return { why: 'only Linux has network namespaces' };
  if (process.getuid?.() !== 0) return { why: 'only root may make network namespaces' };
  const [a, b] = ['a', 'b'].map((side) => `tickbench-${purpose}-${process.pid}-${side}`) as [string, string];
  const remove = (): void => {
    for (const name of [a, b])
      try {
        ip('netns', 'del', name); // with it goes its end of the line, and so the other end
      } catch {
        continue; // was not made
      }
  };
  try {
    for (const name of [a, b]) ip('netns', 'add', name);
  } catch (error) {
    remove();
    return { why: `network namespaces cannot be made here: ${wordsOf(error)}` };
  }
  return { names: [a, b], remove };
}

/** Makes two hosts, or says why this machine cannot. */
export function twoHosts(): TwoHosts | { why: string } {
  const made = namespaces('two');
  if ('why' in made) return made;
  const { remove } = made;
  const [a, b] = made.names;
  try {
    ip('link', 'add', 'line', 'netns', a, 'type', 'veth', 'peer', 'name', 'line', 'netns', b);
    const hosts = [
      { name: a, address: '10.77.0.1' },
      { name: b, address: '10.77.0.2' },
    ] as const;
    for (const { name, address } of hosts) {
      ip('-n', name, 'addr', 'add', `${address}/30`, 'dev', 'line');
      for (const device of ['lo', 'line']) ip('-n', name, 'link', 'set', device, 'up');
    }
    const cut = (state: 'down' | 'up'): void => void ip('-n', b, 'link', 'set', 'line', state);
    return { a: hosts[0], b: hosts[1], delay: slowed([a, b]), cut: () => cut('down'), mend: () => cut('up'), remove };
  } catch (error) {
    remove();
    // Where continuous integration has namespaces, what stands on them is held to.
    if (process.env['CI']) throw error;
    return { why: `network namespaces can be made here, and no line between them: ${wordsOf(error)}` };
  }
}

/** Slows both ends of the line down. */
function slowed(names: readonly string[]): Delay {
  const ways: [Delay, string[]][] = [
    ['netem', ['netem', 'delay', `${DELAY_MS}ms`]],
    ['tbf', ['tbf', 'rate', RATE, 'burst', '1600', 'latency', '2s']],
  ];
  for (const [delay, how] of ways)
    try {
      for (const name of names)
        execFileSync('ip', ['netns', 'exec', name, 'tc', 'qdisc', 'replace', 'dev', 'line', 'root', ...how], { stdio: 'ignore' });
      return delay;
    } catch {
      continue; // this kernel has none, or tc is not installed
    }
  return 'none';
}

export function wordsOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() || message).split('\n')[0]!;
}
