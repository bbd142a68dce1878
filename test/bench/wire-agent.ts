/** The agent of the wire benchmark, a process of its own: takes the time from each order to its receipt, and of a plain echo. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { monotonicUs } from '../../harness/clock.js';
import type { ServerFrame } from '../../harness/protocol.js';

/** What it tells its parent. */
export interface WireAgentSays {
  samplesUs: number[];
}

/** Echoes in a round. */
const ECHOES = 2000;

const [server, token, echoUrl] = process.argv.slice(2);
const order = (seq: number): string => JSON.stringify({ type: 'action', seq, plan: { steps: seq % 7 }, standing: 'stay' });

let samplesUs: number[] = [];
let sentUs = 0;
const socket = new WebSocket(`${server}/agent`, { perMessageDeflate: false });
await once(socket, 'open');
socket.send(JSON.stringify({ type: 'hello', protocol: 'tickbench.v1', token, name: 'wire' }));
socket.on('message', (data: Buffer) => {
  const arrivedUs = monotonicUs();
  const frame = JSON.parse(data.toString('utf8')) as ServerFrame;
  if (frame.type === 'observation') {
    const text = order(frame.seq);
    sentUs = monotonicUs();
    socket.send(text);
  } else if (frame.type === 'receipt') {
    samplesUs.push(arrivedUs - sentUs);
  } else if (frame.type === 'end') {
    process.send!({ samplesUs } satisfies WireAgentSays);
  }
});

process.on('message', (what: 'echo' | 'match') => {
  samplesUs = [];
  if (what === 'echo') void echo().then((echoed) => process.send!({ samplesUs: echoed } satisfies WireAgentSays));
});
process.on('disconnect', () => process.exit(0));

async function echo(): Promise<number[]> {
  const plain = new WebSocket(echoUrl!, { perMessageDeflate: false });
  await once(plain, 'open');
  const took: number[] = [];
  for (let seq = 0; seq < ECHOES; seq++) {
    const text = order(seq);
    const back = once(plain, 'message');
    const fromUs = monotonicUs();
    plain.send(text);
    await back;
    took.push(monotonicUs() - fromUs);
  }
  plain.terminate();
  return took;
}
