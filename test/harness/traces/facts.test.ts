/** What a list of matches says of each is what its file says at its two ends, and no file makes it fail. */
import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readFacts } from '../../../harness/traces/facts.js';

describe('what a recorded match says of itself', () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'tickbench-facts-'))));
  after(() => rm(folder, { recursive: true }));

  const header = { tickbench: 'trace.v1', id: 'a', task: 'fighter', rules: 'x', options: {}, seed: 7, clock: 'virtual', speed: 20, tickUs: 16_667, timeoutUs: 1e6, patient: true, seats: [{ name: 'one', kind: 'model', addedUs: 0 }, { name: 'two', kind: 'bot', addedUs: 0, givenUs: 5 }], host: {}, startedAt: '2026-01-02T03:04:05.000Z' }; // prettier-ignore
  const footer = { results: { over: true, endedAt: 10, reward: [120, -120], seats: [{ roundsWon: 2 }, { roundsWon: 1 }] }, digest: 'd', verdict: { counts: false, reasons: ['The host was busy.'] }, lateness: { ticks: 0, p50Us: 0, p99Us: 0, maxUs: 0, over: 0 }, endedAt: '' }; // prettier-ignore
  const block = JSON.stringify({ previous: '0'.repeat(64), second: 0, events: [] });
  const lines = [JSON.stringify({ header }), block, block, JSON.stringify({ previous: '0'.repeat(64), footer }), ''];
  const file = async (name: string, text: string | Buffer): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const facts = { id: 'a', task: 'fighter', seed: 7, clock: 'virtual', patient: true, speed: 20, startedAt: header.startedAt };
  const seats = (rewards: (number | null)[]) => [
    { name: 'one', kind: 'model', reward: rewards[0], outcome: rewards[0] === null ? null : 1 },
    { name: 'two', kind: 'bot', reward: rewards[1], outcome: rewards[0] === null ? null : 0 },
  ];

  it('is read from both its ends, packed or not, however much lies between', async () => {
    const long = [lines[0], ...Array.from({ length: 60_000 }, () => block), ...lines.slice(3)].join('\n');
    for (const [name, text] of [
      ['a.jsonl', lines.join('\n')],
      ['a.jsonl.gz', gzipSync(lines.join('\n'))],
      ['long.jsonl', long],
      ['long.jsonl.gz', gzipSync(long)],
    ] as const)
      expect(await readFacts(await file(name, text)), name).to.deep.equal({
        ...facts,
        seats: seats([120, -120]),
        counts: false,
        reasons: ['The host was busy.'],
      });
  });

  it('has no end where the match was broken off', async () => {
    for (const text of [lines.slice(0, 3).join('\n'), `${lines.slice(0, 3).join('\n')}\n`, lines.join('\n').slice(0, -4), `${lines[0]}\n`])
      expect(await readFacts(await file('cut.jsonl', text))).to.deep.equal({
        ...facts,
        seats: seats([null, null]),
        counts: null,
        reasons: [],
      });
  });

  it('is nothing where there is no match in the file', async () => {
    const bomb = gzipSync(Buffer.alloc(80 << 20));
    for (const [name, text] of [
      ['empty.jsonl', ''],
      ['noise.jsonl', 'hello\n'],
      ['json.jsonl', '{"header":{}}\n'],
      ['no-line.jsonl', JSON.stringify({ header })],
      ['noise.jsonl.gz', 'hello'],
      ['bomb.jsonl.gz', bomb],
    ] as const)
      expect(await readFacts(await file(name, text)), name).to.equal(undefined);
    expect(await readFacts(join(folder, 'none.jsonl'))).to.equal(undefined);
    expect(await readFacts(folder)).to.equal(undefined);
  });
});
