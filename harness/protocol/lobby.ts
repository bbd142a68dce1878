/**
 * Connections that have not said who they are: accepted, but no request read yet, or upgraded and no hello said. They may be few, for a
 * short time, and send little, so that nobody without a token can keep an agent out or a match from its clock. When there are too many,
 * those that have waited longest go: an agent says its hello at once, and gets in.
 */
import type { Socket } from 'node:net';
import { isIPv6 } from 'node:net';
import { monotonicUs } from '../host/clock.js';
import { Allowance } from './allowance.js';

/** How many may wait, from one address and in all, how long, and how fast new ones may come from one address. */
export const LOBBY_LIMITS = { perAddress: 96, total: 256, waitMs: 10_000, connectionsPerSecond: 100, connectionsAtOnce: 256 };
export type LobbyLimits = typeof LOBBY_LIMITS;

/** Addresses whose rate is remembered. */
const MOST_ADDRESSES = 4096;
/** How often those that waited too long are looked for. */
const LOOK_EVERY_MS = 500;
/** How long one that was told to go may take to read why. */
const GO_MS = 500;

interface Guest {
  address: string;
  sinceUs: number;
  /** Says why it must go; the socket is destroyed shortly afterwards. */
  tell: (why: string) => void;
}

export class Lobby {
  /** Connections that were sent away: too many, too slow, too fast. */
  turnedAway = 0;
  private readonly guests = new Map<Socket, Guest>(); // in the order in which they came
  private readonly count = new Map<string, number>();
  private readonly rates = new Map<string, Allowance>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly limits: LobbyLimits = LOBBY_LIMITS) {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** A connection was accepted. False when its address makes them too fast: it is gone then, without a word. */
  enter(socket: Socket): boolean {
    const address = addressOf(socket);
    if (!this.rate(address).take()) {
      this.turnedAway++;
      socket.resetAndDestroy();
      return false;
    }
    this.guests.set(socket, { address, sinceUs: monotonicUs(), tell: (why) => refuseRequest(socket, 503, why) });
    this.count.set(address, (this.count.get(address) ?? 0) + 1);
    socket.once('close', () => this.leave(socket));
    if (this.count.get(address)! > this.limits.perAddress) this.sendOldest(address);
    else if (this.guests.size > this.limits.total) this.sendOldest(this.mostGuests());
    return true;
  }

  /** From now on the connection is told in this way why it must go. */
  tellBy(socket: Socket, tell: (why: string) => void): void {
    const guest = this.guests.get(socket);
    if (guest) guest.tell = tell;
  }

  /** It said who it is, or is gone. */
  leave(socket: Socket): void {
    const guest = this.guests.get(socket);
    if (!guest) return;
    this.guests.delete(socket);
    const left = this.count.get(guest.address)! - 1;
    if (left > 0) this.count.set(guest.address, left);
    else this.count.delete(guest.address);
  }

  get size(): number {
    return this.guests.size;
  }

  close(): void {
    clearInterval(this.timer);
    for (const socket of this.guests.keys()) socket.destroy();
  }

  private sendOldest(address: string): void {
    for (const [socket, guest] of this.guests) {
      if (guest.address !== address) continue;
      return this.send(
        socket,
        guest,
        `too many connections from ${address} have said no hello; at most ${this.limits.perAddress} may wait`,
      );
    }
  }

  private send(socket: Socket, guest: Guest, why: string): void {
    this.turnedAway++;
    this.leave(socket);
    guest.tell(why);
    setTimeout(() => socket.destroy(), GO_MS).unref();
  }

  private look(): void {
    const beforeUs = monotonicUs() - this.limits.waitMs * 1000;
    for (const [socket, guest] of this.guests) {
      if (guest.sinceUs > beforeUs) return;
      this.send(socket, guest, `no hello within ${this.limits.waitMs / 1000} s`);
    }
  }

  private mostGuests(): string {
    let most = '';
    for (const [address, count] of this.count) if (count > (this.count.get(most) ?? 0)) most = address;
    return most;
  }

  private rate(address: string): Allowance {
    let rate = this.rates.get(address);
    if (!rate) {
      if (this.rates.size >= MOST_ADDRESSES) this.rates.delete(this.rates.keys().next().value!);
      rate = new Allowance(this.limits.connectionsPerSecond, this.limits.connectionsAtOnce);
      this.rates.set(address, rate);
    }
    return rate;
  }
}

/** Answers a request with words and ends its connection. */
export function refuseRequest(socket: Socket, status: number, why: string): void {
  if (!socket.writable) return socket.destroy() as unknown as void;
  const body = `${why}\n`;
  const reason = {
    400: 'Bad Request',
    403: 'Forbidden',
    404: 'Not Found',
    431: 'Request Header Fields Too Large',
    503: 'Service Unavailable',
  };
  socket.end(
    `HTTP/1.1 ${status} ${reason[status as keyof typeof reason] ?? 'Error'}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  setTimeout(() => socket.destroy(), GO_MS).unref();
}

/** Who counts as one: an IPv4 address, or the half of an IPv6 address that a network is given. */
function addressOf({ remoteAddress = '' }: Socket): string {
  const address = remoteAddress.replace(/^::ffff:/, '');
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const full = tail === undefined ? groups : [...groups, ...Array<string>(8 - groups.length - after.length).fill('0'), ...after];
  return `${full.slice(0, 4).join(':')}::/64`;
}
