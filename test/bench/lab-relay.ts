/**
 * The process in the middle of the lab's floor: passes a line on to a scripted endpoint as a request written down beforehand, and a line back
 * when the answer is over. It parses nothing: what this way takes is what the host takes to wake three processes one after another.
 */
import { connect } from 'node:net';

const [askerPort, endpointPort] = process.argv.slice(2).map(Number) as [number, number];
const REQUEST = 'POST /v1/chat/completions HTTP/1.1\r\nhost: lab\r\ncontent-length: 2\r\n\r\n{}';
const END = '0\r\n\r\n';

const endpoint = connect(endpointPort, '127.0.0.1');
const asker = connect(askerPort, '127.0.0.1');
for (const socket of [endpoint, asker]) socket.setNoDelay(true);
let tail = '';
endpoint.on('data', (bytes) => {
  tail = (tail + bytes.toString('latin1')).slice(-END.length);
  if (tail !== END) return;
  tail = '';
  asker.write('\n');
});
asker.on('data', () => endpoint.write(REQUEST));
asker.on('close', () => process.exit());
