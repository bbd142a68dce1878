/**
 * Matches of the arena that plays for this server's board, as browsers watch them: one connection to the arena for each match that somebody watches,
 * and none for the others. By how much later they are shown is the arena's own.
 */
import type { WebSocket } from 'ws';
import { arenaAddress } from './arena/claim.js';
import { Relay } from './relay.js';
import { Upstream } from './upstream.js';

/** Matches that are passed on at once. */
const MOST_MATCHES = 64;
const NAME = /^p-[0-9a-f]{12}-[12]$/;

export class ArenaStreams {
  private readonly streams = new Map<string, { relay: Relay; upstream: Upstream; browsers: number }>();

  /** @param folder the arena's @param say told once of frames that were not understood */
  constructor(
    private readonly folder: string,
    private readonly say: (line: string) => void,
  ) {}

  /** Shows a browser a match; where that cannot be, its connection ends with the reason. */
  watch(match: string, socket: WebSocket): void {
    const address = arenaAddress(this.folder);
    if (!NAME.test(match)) return socket.close(1008, 'match: the name of a match is expected, as api/v1/arena/running lists it');
    if (address?.watchDelayMs === undefined) return socket.close(1013, address ? 'this arena shows no matches' : 'no arena runs here');
    const stream = this.streams.get(match) ?? this.open(match, address.url);
    if (!stream) return socket.close(1013, `at most ${MOST_MATCHES} matches are watched at once`);
    stream.browsers++;
    stream.relay.add(socket);
    socket.on('close', () => {
      if (--stream.browsers > 0) return;
      stream.upstream.close();
      stream.relay.close();
      this.streams.delete(match);
    });
  }

  close(): void {
    for (const { relay, upstream } of this.streams.values()) {
      upstream.close();
      relay.close();
    }
  }

  private open(match: string, url: string) {
    if (this.streams.size >= MOST_MATCHES) return undefined;
    const from = `${url}/watch?match=${match}`;
    const relay = new Relay(from);
    const upstream = new Upstream(from, {
      connected: (there) => relay.connected(there),
      publish: (frame, text) => relay.publish(frame, text),
      refused: (reason) => this.say(`A frame of ${match} was not understood: ${reason}`),
    });
    const stream = { relay, upstream, browsers: 0 };
    this.streams.set(match, stream);
    return stream;
  }
}
