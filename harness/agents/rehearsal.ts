/**
 * Calls to nobody, before the first that counts: an agent's own way from observation to action is compiled by them, at no cost to the endpoint.
 * They go to a server in the agent's own process, which answers at once with what the task's first scripted player would do.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { AnyTask } from '../../envs/environment.js';
import { inPieces, requestLength, writtenAnswer } from '../endpoints/scripted-answer.js';
import { ModelAsker, type AskerSettings } from './asker.js';

/** Calls until V8 has compiled what they run through; they take a fifth of a second in all. */
const CALLS = 200;
const PIECES = 4;

/** Plays through `CALLS` calls as `settings` asks for them, on a state of a world of its own; not beyond the first that fails. @returns how many were answered */
export async function rehearse(task: AnyTask, options: unknown, seed: number, settings: AskerSettings): Promise<number> {
  const world = task.create(options, seed);
  world.advance(world.nextPublish(0));
  const state: unknown = world.observe(0);
  const answer = task.write(task.bots[0]!.create({ seed }).decide(state));
  const server = await answering(answer);
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    // No key leaves the agent, and no budget is spent.
    const asker = new ModelAsker({ ...settings, target: { url, model: settings.target.model }, budget: undefined });
    const text = task.text(state);
    let answered = 0;
    // Where this machine's own address is not to be reached, nobody waits for two hundred timeouts.
    while (answered < CALLS && (await asker.ask(task, text)).failure === undefined) answered++;
    return answered;
  } finally {
    server.close();
  }
}

/** A server that answers every request with this text, in pieces, a turn of the event loop apart. */
async function answering(text: string): Promise<Server> {
  const { head, pieces, end } = writtenAnswer(inPieces(text, PIECES));
  const server = createServer((socket) => {
    let request = '';
    socket.setNoDelay(true);
    socket.unref();
    socket.on('error', () => undefined); // a call that is released closes its connection
    socket.on('data', (bytes) => {
      request += bytes.toString('latin1');
      const length = requestLength(request);
      if (length === null) return;
      request = request.slice(length);
      const left = [head, ...pieces, end];
      const next = (): void => {
        if (socket.destroyed || left.length === 0) return;
        socket.write(left.shift()!);
        setImmediate(next);
      };
      next();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
