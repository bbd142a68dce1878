/** A match is meant by its id, and by its trace in whichever form it lies there. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { matchNamed } from '../../../../harness/cli/match/named.js';

describe('a match that is named', () => {
  let folder: string;
  const there = (name: string, id: string): string => {
    const path = join(folder, name);
    const text = `${JSON.stringify({ header: { id, filler: 'x'.repeat(200_000) } })}\n{"previous":"`;
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
    return path;
  };
  const refusal = (text: string): Promise<string> =>
    matchNamed(text).then(
      () => 'found',
      (error: Error) => error.message,
    );
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-named-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('by its id, or by the path of its trace, finished, written or still to be', async () => {
    expect(await matchNamed('fighter-20250101120000-3f2a1b')).to.equal('fighter-20250101120000-3f2a1b');
    const running = there('a.jsonl', 'a');
    for (const path of [running, `${running}.gz`]) expect(await matchNamed(path), path).to.equal('a');
    const plain = there('b.jsonl.partial', 'b');
    for (const path of [plain, join(folder, 'b.jsonl')]) expect(await matchNamed(path), path).to.equal('b');
    const own = there('mine.partial', 'c');
    for (const path of [own, join(folder, 'mine')]) expect(await matchNamed(path), path).to.equal('c');
    expect(await matchNamed(there('d.jsonl.gz', 'd'))).to.equal('d');
    expect(await matchNamed(there('e.checkpoint.gz', 'e'))).to.equal('e');
  });

  it('by nothing that is there, or by what is no trace, is refused in words', async () => {
    expect(await refusal(join(folder, 'none.jsonl.gz'))).to.match(
      /none\.jsonl\.gz: no such file, nor .*none\.jsonl or .*accepted: a match's id/,
    );
    for (const [name, content] of Object.entries({
      'text.jsonl': 'hello\n',
      'empty.jsonl': '',
      'other.jsonl': '{"a":1}\n',
      'broken.gz': 'not packed',
    })) {
      writeFileSync(join(folder, name), content);
      expect(await refusal(join(folder, name)), name).to.match(/is no trace; accepted|incorrect header check/);
    }
  });
});
