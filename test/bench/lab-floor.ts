/** The least that three processes add to a scripted answer on this host: bytes passed on by bare sockets, nothing parsed, nothing decided. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ScriptedEndpoint, scriptedUs, type Script } from '../../harness/endpoints/scripted.js';
import { monotonicUs } from '../../harness/host/clock.js';

/** Rounds before the first that counts. */
const WARM_UP_ROUNDS = 40;

/** How much longer than scripted each of `rounds` answers took from socket to socket, in real microseconds, ascending. */
export async function floorUs(times: Pick<Script, 'firstUs' | 'pieceUs'>, rounds: number): Promise<number[]> {
  const script: Script = { ...times, pieces: ['a', 'b', 'c', 'd'] };
  const endpoint = await ScriptedEndpoint.start(script);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ports = [(server.address() as AddressInfo).port, Number(new URL(endpoint.url).port)];
  const relay = fork(fileURLToPath(new URL('./lab-relay.js', import.meta.url)), ports.map(String));
  try {
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.setNoDelay(true);
    const added: number[] = [];
    for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
      const startedUs = monotonicUs();
      socket.write('\n');
      await once(socket, 'data');
      if (round >= WARM_UP_ROUNDS) added.push(monotonicUs() - startedUs - scriptedUs(script));
    }
    socket.destroy();
    return added.sort((a, b) => a - b);
  } finally {
    relay.kill();
    server.close();
    await endpoint.stop();
  }
}
