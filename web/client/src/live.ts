/** The page's connection to its server: one way, made again with growing pauses. */
import type { LiveFrame } from '../../server/frames.js';

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 5000;

/** How the server closes a connection that it will not serve, with the reason. */
const REFUSED = [1008, 1013];

/** @param match one of the arena's; absent: the match server's @returns how to end it */
export function connect(
  match: string | undefined,
  onFrame: (frame: LiveFrame) => void,
  onConnected: (connected: boolean, refusal?: string) => void,
): () => void {
  let pauseMs = FIRST_PAUSE_MS;
  let isClosed = false;
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const url = new URL('live', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  if (match !== undefined) url.searchParams.set('match', match);
  const open = (): void => {
    socket = new WebSocket(url);
    socket.onopen = () => onConnected(true);
    socket.onmessage = (event: MessageEvent<string>) => {
      pauseMs = FIRST_PAUSE_MS; // one that is refused is connected for a moment, too
      if (!isClosed) onFrame(JSON.parse(event.data) as LiveFrame);
    };
    socket.onclose = ({ code, reason }) => {
      if (isClosed) return;
      onConnected(false, REFUSED.includes(code) && reason !== '' ? reason : undefined);
      timer = setTimeout(open, pauseMs);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.6);
    };
  };
  open();
  return () => {
    isClosed = true;
    clearTimeout(timer);
    socket?.close();
  };
}
