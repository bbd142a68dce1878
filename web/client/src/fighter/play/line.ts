/** The page's own seat: speaks the agents' protocol to the match server, answers its open observation when the pilot has something to say. */
import type { WelcomeFrame, ServerFrame } from '../../../../../harness/protocol/frames.js';

/** What a seat hears. */
export interface SeatLineListener {
  seated(welcome: WelcomeFrame): void;
  /** An observation is open; `answer` may be asked at any time until it is answered. */
  observed(): void;
  ended(): void;
  /** Something for people: refused, lost, back. */
  told(text: string): void;
}

const AGAIN_MS = 500;

export class SeatLine {
  private socket?: WebSocket;
  private open: { match: string; seq: number } | null = null;
  private closed = false;
  private over = false;

  constructor(
    private readonly server: string,
    private readonly token: string,
    private readonly listener: SeatLineListener,
  ) {
    this.connect();
  }

  /** True while an observation waits for its answer. */
  get asked(): boolean {
    return this.open !== null;
  }

  /** Answers the open observation. */
  answer(plan: unknown, standing: string, said: string | undefined): void {
    if (!this.open || this.socket?.readyState !== WebSocket.OPEN) return;
    const telemetry = said === undefined ? {} : { telemetry: { answer: said } };
    this.socket.send(JSON.stringify({ type: 'action', ...this.open, plan, standing, ...telemetry }));
    this.open = null;
  }

  close(): void {
    this.closed = true;
    this.socket?.close();
  }

  private connect(): void {
    const socket = new WebSocket(`${this.server.replace(/\/$/, '')}/agent`);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', protocol: 'tickbench.v1', token: this.token, name: 'page' }));
    socket.onmessage = (event: MessageEvent<string>) => this.hear(JSON.parse(event.data) as ServerFrame);
    socket.onclose = () => {
      this.open = null;
      if (this.closed || this.over) return;
      this.listener.told('The match server is gone. Trying again.');
      setTimeout(() => !this.closed && this.connect(), AGAIN_MS);
    };
  }

  private hear(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        return this.listener.seated(frame);
      case 'observation':
        this.open = { match: frame.match, seq: frame.seq };
        return this.listener.observed();
      case 'receipt':
        // A missed observation is closed without an answer.
        if (this.open?.seq === frame.seq) this.open = null;
        return;
      case 'warmup':
        return this.socket?.send(JSON.stringify({ type: 'ready', id: frame.id, done: 0 }));
      case 'end':
        this.over = true;
        return this.listener.ended();
      case 'error':
        if (frame.code === 'refused') this.over = true;
        if (frame.code !== 'late') this.listener.told(`The match server refused: ${frame.detail}`);
        return;
      case 'pong':
        return;
    }
  }
}
