/** Records what one agent and the match server say to each other in a short match that always goes the same way. */
import { WebSocket } from 'ws';
import { playMatch, type MatchSheet } from '../../harness/match/match.js';
import type { ServerFrame } from '../../harness/protocol/frames.js';
import { MatchServer } from '../../harness/protocol/server.js';

/** What the agent answers, by seq; from the last one on it repeats that. */
type Script = readonly object[];

/** Decisions that are shown, before the end is. */
const SHOWN = 3;

const SCRIPTS: Record<string, { sheet: Omit<MatchSheet, 'seats' | 'id'>; givenUs: number; answers: Script; opponent?: object }> = {
  hft: {
    sheet: { task: 'hft', options: { durationUs: 1_000_000 }, seed: 11, clock: 'virtual', speed: 1, timeoutUs: 500_000 },
    givenUs: 30_000,
    answers: [{ plan: [{ do: 'bid', size: 5, at: 0 }], standing: 'keep' }, { answer: 'buy 2;' }, { rejected: 'the model said nothing' }, { plan: [] }],
  },
  fighter: {
    sheet: { task: 'fighter', options: { rounds: 1, roundSeconds: 3 }, seed: 11, clock: 'virtual', speed: 1, timeoutUs: 1_000_000 },
    givenUs: 200_000,
    answers: [{ plan: [{ action: 'walk_fwd', frames: 12 }], standing: 'guard_low' }, { answer: 'dash_fwd, throw;' }, { plan: [{ action: 'moonwalk' }] }, { plan: [] }],
    opponent: { plan: [{ action: 'wait', frames: 12 }] },
  },
}; // prettier-ignore

/** Tasks that have a recorded conversation. */
export const RECORDED = Object.keys(SCRIPTS);

/** The conversation as lines, `agent  {...}` and `server {...}`. What no two recordings share is written the same: token, seed, the plan's long schema. */
export async function conversation(task: string): Promise<string[]> {
  const { sheet, givenUs, answers, opponent } = SCRIPTS[task]!;
  const server = await MatchServer.listen();
  const lines: string[] = [];
  try {
    const seats = [sit(server, 'mine', (seq) => answers[Math.min(seq, answers.length) - 1]!, lines)];
    if (opponent) seats.push(sit(server, 'other', () => opponent, []));
    await Promise.all(seats.map(({ arrived }) => arrived));
    await playMatch(server, {
      ...sheet,
      id: `${task}-example`,
      seats: seats.map(({ token }) => ({ token, record: { name: token, kind: 'stranger', addedUs: 0, givenUs } })),
    });
    await seats[0]!.ended;
  } finally {
    await server.close();
  }
  const third = lines.findIndex((line) => line.includes('"type":"receipt"') && line.includes(`"seq":${SHOWN},`));
  return [...lines.slice(0, third + 1), '...', lines.at(-1)!];
}

function sit(server: MatchServer, token: string, answer: (seq: number) => object, lines: string[]) {
  const line = server.admit(token, token);
  const socket = new WebSocket(`${server.url}/agent`);
  const say = (frame: object): void => {
    socket.send(JSON.stringify(frame));
    lines.push(`agent  ${JSON.stringify('token' in frame ? { ...frame, token: '8c0f...' } : frame)}`);
  };
  socket.on('open', () => say({ type: 'hello', protocol: 'tickbench.v1', token, name: token }));
  const ended = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as ServerFrame;
      lines.push(`server ${JSON.stringify(told(frame))}`);
      if (frame.type === 'observation') say({ type: 'action', seq: frame.seq, ...answer(frame.seq) });
      if (frame.type === 'end') resolve();
    });
  });
  return { token, arrived: line.connected(30_000), ended };
}

function told(frame: ServerFrame): ServerFrame {
  if (frame.type === 'welcome') return { ...frame, seed: 3141592653, planSchema: { type: 'array' } };
  // Whether this host was busy is no part of the example.
  if (frame.type === 'end') return { ...frame, verdict: { counts: true, reasons: [] } };
  return frame;
}
