/**
 * An agent's side of the protocol: connects, says hello, comes back when the connection is lost, and hands matches to a player. What
 * the built-in agents use, and a start for agents of your own in TypeScript. It imports nothing of the server's.
 */
import { WebSocket } from 'ws';
import {
  PROTOCOL,
  serverFrame,
  type ActionFrame,
  type AssignmentFrame,
  type EndFrame,
  type ObservationFrame,
  type PastFrame,
  type ReceiptFrame,
  type ServerFrame,
  type WarmupFrame,
  type WelcomeFrame,
} from '../protocol/frames.js';
import { dateUs } from '../host/clock.js';
import { isLoopback } from '../host/loopback.js';
import { printable } from '../protocol/printable.js';

/** What a player answers an observation with: an action frame less what the link fills in. */
export type Answering = Pick<ActionFrame, 'plan' | 'answer' | 'rejected' | 'failure' | 'standing' | 'telemetry'>;

/** One seat in one match. */
export interface SeatPlayer {
  /** Answers an observation. `signal` aborts when the answer is no longer wanted (it was missed, or the match ended). */
  decide(observation: ObservationFrame, signal: AbortSignal): Answering | Promise<Answering>;
  /** Takes note of an observation that an agent before it was sent, in a match that goes on from a checkpoint. */
  recall?(observation: PastFrame): void;
  ended?(end: EndFrame): void;
}

/** An agent: makes a player for every match it is seated in. */
export interface Player {
  seat(welcome: WelcomeFrame): SeatPlayer;
  /** Makes `count` unscored calls; returns how many were made. Absent: there is nothing to warm. */
  warmUp?(ask: WarmupFrame): Promise<{ done: number; note?: string }>;
  /** Its seats want to be told what agents before them were sent (`SeatPlayer.recall`). */
  recalls?: true;
}

/** How an agent's connection is made. */
export interface LinkSettings {
  /** ws://HOST:PORT; /agent is added when there is no path. */
  server: string;
  token: string;
  name: string;
  player: Player;
  /** The only task it plays; an arena wants to know. */
  task?: string;
  /** Lines for people: refused frames, lost connections. */
  log?: (line: string) => void;
  /** How often a lost connection is tried again before the agent gives up; Infinity never does. */
  attempts?: number;
}

/** An agent that is connected, or trying to be. */
export interface Link {
  /** Resolves when it was closed; rejects when it was refused or gave up. */
  done: Promise<void>;
  close(): void;
}

/** An agent that plays on another machine tells its date so often at a match's beginning, and so far apart: what is least long on its way is the best. */
const DATES = 4;
const DATES_APART_MS = 150;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** How often the connection to a match that was assigned is made anew: it ends with its process, and the arena's own stays. */
const ASSIGNED_ATTEMPTS = 6;

/** A frame of the server's; undefined when it is none of the protocol's. */
function readServerFrame(text: string): ServerFrame | undefined {
  try {
    return serverFrame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // not JSON
  }
}

/** Connects an agent and keeps it connected. In an arena it goes to the matches that it is assigned, and stays in the arena meanwhile. */
export function connectAgent(settings: LinkSettings): Link {
  return link(settings, true);
}

/** @param follows whether it goes where it is sent; from there it is sent nowhere else */
function link(settings: LinkSettings, follows: boolean): Link {
  const log = (line: string): void => settings.log?.(printable(line));
  const attempts = settings.attempts ?? 20;
  const address = new URL(settings.server);
  if (address.pathname === '/' || address.pathname === '') address.pathname = '/agent';
  let socket: WebSocket | null = null;
  let closing = false;
  let failures = 0;
  let seat: { match: string; player: SeatPlayer } | null = null;
  let thinking: { seq: number; abort: AbortController } | null = null;
  let retry: NodeJS.Timeout | undefined;
  let telling: NodeJS.Timeout | undefined;
  const isElsewhere = !isLoopback(address.hostname);
  let assigned: { token: string; link: Link } | null = null;

  let settle!: { resolve: () => void; reject: (error: Error) => void };
  const done = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));

  const stopThinking = (why: string): void => {
    thinking?.abort.abort(new Error(why));
    thinking = null;
  };

  const decide = async (observation: ObservationFrame): Promise<void> => {
    if (!seat || seat.match !== observation.match) return;
    if (thinking?.seq === observation.seq) return; // told again after a lost connection; the answer is on its way
    stopThinking('a newer observation came');
    const mine = { seq: observation.seq, abort: new AbortController() };
    thinking = mine;
    let answer: Answering;
    try {
      const decided = seat.player.decide(observation, mine.abort.signal);
      answer = decided instanceof Promise ? await decided : decided;
    } catch (error) {
      answer = { rejected: (error as Error).message.slice(0, 1000) || 'the agent failed' };
      log(`seq ${observation.seq}: ${answer.rejected}`);
    }
    if (thinking !== mine) return;
    thinking = null;
    const frame: ActionFrame = { type: 'action', match: observation.match, seq: observation.seq, ...answer };
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };

  const hear = (frame: ServerFrame): void => {
    switch (frame.type) {
      case 'welcome':
        if (seat?.match === frame.match && frame.resumed) return;
        stopThinking('another match began');
        seat = { match: frame.match, player: settings.player.seat(frame) };
        if (isElsewhere) tellDates(DATES);
        return;
      case 'observation':
        void decide(frame);
        return;
      case 'past':
        if (seat?.match === frame.match) seat.player.recall?.(frame);
        return;
      case 'receipt':
        if (frame.outcome === 'miss' && thinking?.seq === frame.seq) stopThinking('the answer came too late');
        reportReceipt(frame);
        return;
      case 'end':
        stopThinking('the match ended');
        if (seat?.match === frame.match) {
          seat.player.ended?.(frame);
          seat = null;
        }
        return;
      case 'warmup':
        void warm(frame);
        return;
      case 'assignment':
        follow(frame);
        return;
      case 'error':
        // An answer that crossed its match's end on the wire is nobody's fault.
        if (frame.code !== 'wrong-match') log(`refused (${frame.code}): ${frame.detail}`);
        if (frame.code === 'refused') {
          closing = true;
          settle.reject(new Error(`the match server refused this agent: ${frame.detail}`));
          socket?.close();
        }
        return;
      case 'pong':
        return;
    }
  };

  /** So that the match can say how far this machine's clock is from its own. */
  const tellDates = (times: number): void => {
    if (times === 0 || socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ type: 'ping', id: times, sentUs: Math.round(dateUs()) }));
    clearTimeout(telling);
    telling = setTimeout(() => tellDates(times - 1), DATES_APART_MS);
    telling.unref();
  };

  /** Plays what was assigned on a connection of its own. */
  const follow = (frame: AssignmentFrame): void => {
    if (!follows || assigned?.token === frame.token) return; // told again after a lost connection
    assigned?.link.close();
    const there = link({ ...settings, server: frame.url, token: frame.token, attempts: ASSIGNED_ATTEMPTS }, false);
    const mine = { token: frame.token, link: there };
    assigned = mine;
    void there.done
      .catch((error: Error) => log(`${frame.pairing}: ${error.message}`))
      .finally(() => {
        if (assigned === mine) assigned = null;
      });
  };

  const reportReceipt = (frame: ReceiptFrame): void => {
    if (!frame.accepted && frame.outcome !== 'act') log(`seq ${frame.seq} ${frame.outcome}: ${frame.reason ?? 'not accepted'}`);
  };

  const warm = async (ask: WarmupFrame): Promise<void> => {
    let said: { done: number; note?: string };
    try {
      said = settings.player.warmUp ? await settings.player.warmUp(ask) : { done: 0 };
    } catch (error) {
      said = { done: 0, note: (error as Error).message.slice(0, 1000) };
    }
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'ready', id: ask.id, ...said }));
  };

  const connect = (): void => {
    const ws = new WebSocket(address, { perMessageDeflate: false, handshakeTimeout: 10_000 });
    socket = ws;
    ws.on('open', () => {
      const { token, name, player, task } = settings;
      const recalls = player.recalls === true && seat === null ? { recalls: true } : {};
      ws.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL, token, name, ...(task === undefined ? {} : { task }), ...recalls }));
    });
    ws.on('message', (data: Buffer) => {
      failures = 0;
      const text = data.toString('utf8');
      const frame = readServerFrame(text);
      if (frame) hear(frame);
      else log(`a frame this agent does not know: ${text.slice(0, 200)}`);
    });
    ws.on('error', (error) => log(`connection: ${error.message}`));
    ws.on('close', (code, reason) => {
      if (socket !== ws) return;
      socket = null;
      if (closing) return settle.resolve();
      if (code === 4403 || code === 4409 || code === 1001) {
        closing = true;
        log(`the match server ended the connection: ${reason.toString() || code}`);
        return settle.resolve();
      }
      failures++;
      if (failures > attempts) {
        closing = true;
        return settle.reject(new Error(`no match server at ${address.href} after ${failures} attempts`));
      }
      retry = setTimeout(connect, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)));
    });
  };

  connect();
  return {
    done,
    close() {
      if (closing) return;
      closing = true;
      stopThinking('the agent is closing');
      assigned?.link.close();
      clearTimeout(retry);
      clearTimeout(telling);
      if (socket) socket.close(1000);
      else settle.resolve();
    },
  };
}
