/**
 * A relay in a process of its own, so that no tick of a match waits for what passes through it. Told by lines on stdin: first the endpoint's address,
 * which may hold a password and so is no argument, then `cut` and `join`. Says on stdout what it has done.
 */
import { createInterface } from 'node:readline';
import { Relay } from './relay.js';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { value: upstream, done } = await lines.next();
if (done) process.exit(0);
const relay = new Relay(upstream);
const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
await relay.join();
say({ done: 'join', url: relay.url });
for await (const line of { [Symbol.asyncIterator]: () => lines }) {
  if (line === 'cut') await relay.cut();
  else if (line === 'join') await relay.join();
  say({ done: line });
}
process.exit(0);
