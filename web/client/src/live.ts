/** The page's connection to its server: one way, made again with growing pauses. */
import type { LiveFrame } from '../../server/frames.js';

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 5000;

export function connect(onFrame: (frame: LiveFrame) => void, onConnected: (connected: boolean) => void): void {
  let pauseMs = FIRST_PAUSE_MS;
  const url = new URL('live', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const open = (): void => {
    const socket = new WebSocket(url);
    socket.onopen = () => {
      pauseMs = FIRST_PAUSE_MS;
      onConnected(true);
    };
    socket.onmessage = (event: MessageEvent<string>) => onFrame(JSON.parse(event.data) as LiveFrame);
    socket.onclose = () => {
      onConnected(false);
      setTimeout(open, pauseMs);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.6);
    };
  };
  open();
}
