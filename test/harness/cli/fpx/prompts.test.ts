/** Prompts to calibrate with. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourceOf } from '../../../../harness/cli/fpx/prompts.js';
import { Subject } from '../../../../harness/cli/fpx/subject.js';
import { modelFolder } from '../../../../harness/endpoints/start.js';
import { readTrace } from '../../../../harness/traces/reader.js';
import { tickbench } from '../../sweep/tickbench.js';

describe('prompts to calibrate with', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-prompts-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are, of a recorded match, what the model was shown, token for token', async () => {
    const played = await tickbench(['run', 'fighter', '--seat', 'model:1m-fp8', '--patient', '--options', '{"rounds":1,"roundSeconds":3}', '--trace', 'match.jsonl.gz'], folder); // prettier-ignore
    expect(played.code).to.equal(0);
    const trace = await readTrace(join(folder, 'match.jsonl.gz'));
    const asked = trace.events.flatMap((event) => (event.kind === 'act' && event.seat === 0 ? (event.telemetry?.promptTokens ?? []) : []));
    const { name, prompts, qualityParts } = await sourceOf({ traces: join(folder, 'match.jsonl.gz'), count: 1000 });
    expect(name).to.equal('traces of 1 match');
    expect(qualityParts).to.equal(undefined);
    const subject = await Subject.load(modelFolder('tb-1m'));
    const shown = subject.prompts(prompts).map(({ tokens }) => tokens.length);
    // The last look may have been answered after the end.
    expect(asked).to.have.length.above(5);
    expect(shown.slice(0, asked.length)).to.deep.equal(asked);
    expect(shown.length - asked.length).to.be.within(0, 1);
    const few = await sourceOf({ traces: folder, count: 4 });
    expect(few.prompts).to.have.length(4);
    for (const each of few.prompts) expect(prompts).to.deep.include(each);
  });

  it('are states of a task, others for what is measured later, with what answers there lose', async () => {
    const [first, later] = [await sourceOf({ task: 'fighter', count: 8 }), await sourceOf({ task: 'fighter', count: 8 }, { later: true })];
    expect(first.prompts).to.have.length(8).and.not.deep.equal(later.prompts);
    expect(first).to.deep.include({ prompts: (await sourceOf({ task: 'fighter', count: 8 })).prompts });
    const idle = Array.from({ length: 8 }, () => 'no action at all');
    const parts = first.qualityParts!(idle);
    expect(parts).to.have.length(2); // four states of a match
    expect(parts).to.deep.equal(first.qualityParts!(idle));
    for (const { numerator, denominator } of parts) expect(numerator).to.be.within(0, denominator);
    const acted = first.qualityParts!(idle.map((_, i) => ['sweep', 'jab', 'poke', 'heavy'][i % 4]!));
    expect(acted).not.to.deep.equal(parts);
    expect(first.qualityParts!(idle.map(() => 'wait 10'))).not.to.deep.equal(acted);
  });

  it('are lines of a file: text, JSON of text, JSON of tokens', async () => {
    writeFileSync(join(folder, 'mixed.jsonl'), 'Once upon\n\n{"prompt": "a", "answer": "b"}\n{"tokens": [1, 2]}\n');
    const { prompts } = await sourceOf({ prompts: join(folder, 'mixed.jsonl'), count: 10 });
    expect(JSON.parse(JSON.stringify(prompts))).to.deep.equal([{ text: 'Once upon' }, { text: 'a', answer: 'b' }, { tokens: [1, 2] }]);
  });

  it('are the same lines with a byte order mark and carriage returns; what is no text or one JSON array is refused', async () => {
    writeFileSync(join(folder, 'marked.jsonl'), '\ufeff{"tokens": [1, 2]}\r\n[Once upon] a time\r\n');
    const { prompts } = await sourceOf({ prompts: join(folder, 'marked.jsonl'), count: 10 });
    expect(JSON.parse(JSON.stringify(prompts))).to.deep.equal([{ tokens: [1, 2] }, { text: '[Once upon] a time' }]);
    writeFileSync(join(folder, 'array.json'), '[\n{"tokens": [1, 2]}\n]\n');
    writeFileSync(join(folder, 'binary'), Buffer.from([0x50, 0x4b, 0xff, 0xfe, 0x00, 0x0a, 0x80]));
    const refusal = (name: string): Promise<unknown> =>
      sourceOf({ prompts: join(folder, name), count: 10 }).catch((error: unknown) => error);
    expect(String(await refusal('array.json'))).to.match(/array\.json: is a JSON array; accepted: JSON lines/);
    expect(String(await refusal('binary'))).to.match(/binary: is no text in UTF-8; accepted: a line each of/);
  });
});
