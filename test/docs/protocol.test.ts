/** docs/protocol.md and docs/protocol.schema.json say what is: every frame in them is one, and the conversations are played again. */
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaText } from '../../harness/cli/protocol.js';
import { packageRoot } from '../../harness/host/root.js';
import { agentFrame, ERROR_CODES, LIMITS, serverFrame } from '../../harness/protocol/frames.js';
import { LOBBY_LIMITS } from '../../harness/protocol/lobby.js';
import { MOST_WATCHERS } from '../../harness/protocol/watchers.js';
import { conversation, RECORDED } from './conversation.js';

const path = join(packageRoot(), 'docs', 'protocol.md');
/** Set to write the conversations and the schema anew after a change that is meant. */
const recording = process.env['TICKBENCH_RECORD_DOCS'] !== undefined;

/** The text between a conversation's marks. */
function recorded(text: string, task: string): RegExpExecArray {
  const found = new RegExp(`(<!-- conversation ${task} -->\n)([^]*?)(<!-- end -->)`).exec(text);
  if (!found) throw new Error(`docs/protocol.md has no conversation of ${task}`);
  return found;
}

describe('docs/protocol.md', () => {
  for (const task of RECORDED)
    it(`the conversation of ${task} is what is said when it is played again`, async () => {
      const block = `\`\`\`text\n${(await conversation(task)).join('\n')}\n\`\`\`\n`;
      const text = readFileSync(path, 'utf8');
      if (recording) writeFileSync(path, text.replace(recorded(text, task)[0], `<!-- conversation ${task} -->\n${block}<!-- end -->`));
      else expect(recorded(text, task)[2]).to.equal(block);
    });

  it('has no JSON that is no frame, and no frame that its side may not send', () => {
    const text = readFileSync(path, 'utf8');
    const examples = [...text.matchAll(/```json\n([^]*?)```/g)].map((match) => JSON.parse(match[1]!) as { type: string });
    expect(examples.length).to.be.greaterThan(3);
    for (const frame of examples)
      expect([agentFrame, serverFrame].filter((schema) => schema.safeParse(frame).success).length, frame.type).to.equal(1);
    const lines = RECORDED.flatMap((task) => recorded(text, task)[2]!.split('\n')).filter((line) => /^(agent|server) /.test(line));
    expect(lines.length).to.be.greaterThan(15);
    for (const line of lines) (line.startsWith('agent') ? agentFrame : serverFrame).parse(JSON.parse(line.slice(7)));
    const types = new Set(lines.map((line) => (JSON.parse(line.slice(7)) as { type: string }).type));
    expect([...types]).to.include.members(['hello', 'welcome', 'observation', 'action', 'receipt', 'end']);
  });

  it('names every error code and every limit as it is', () => {
    const text = readFileSync(path, 'utf8');
    for (const code of ERROR_CODES) expect(text, code).to.include(`| \`${code}\` |`);
    const shown = (value: number): string => value.toLocaleString('en-US');
    for (const value of [
      ...Object.values(LIMITS),
      ...[LOBBY_LIMITS.perAddress, LOBBY_LIMITS.total, LOBBY_LIMITS.connectionsPerSecond, MOST_WATCHERS],
    ])
      expect(text, String(value)).to.match(new RegExp(`\\b${shown(value)}\\b`));
    expect(text).to.include(`within ${LOBBY_LIMITS.waitMs / 1000} seconds`);
  });

  it('the JSON Schema beside it is the one that the code makes', () => {
    const schema = join(packageRoot(), 'docs', 'protocol.schema.json');
    // Other tests register tasks of their own.
    const made = schemaText(['hft', 'fighter', 'hft-paper']);
    if (recording) writeFileSync(schema, made);
    expect(readFileSync(schema, 'utf8')).to.equal(made);
  });
});
