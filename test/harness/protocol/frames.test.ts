import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { MatchServer } from '../../../harness/protocol/server.js';
import { agentFrame, LIMITS, PROTOCOL, protocolSchema, readAgentFrame } from '../../../harness/protocol/frames.js';

/** Frames an agent might send, legal and not. */
const FRAMES: [string, unknown, boolean][] = [
  ['hello', { type: 'hello', protocol: PROTOCOL, token: 't', name: 'n' }, true],
  ['hello of another version', { type: 'hello', protocol: 'tickbench.v2', token: 't', name: 'n' }, false],
  ['hello without a token', { type: 'hello', protocol: PROTOCOL, name: 'n' }, false],
  ['hello with letters of anywhere', { type: 'hello', protocol: PROTOCOL, token: 't', name: 'Ağ 模型', task: 'hft' }, true],
  ['plan', { type: 'action', seq: 1, plan: { any: ['thing'] } }, true],
  ['plan that is null', { type: 'action', seq: 1, plan: null }, true],
  [
    'answer, standing order, telemetry',
    { type: 'action', match: 'm', seq: 1, answer: 'x', standing: 's', telemetry: { requestUs: 1, answer: 'y' } },
    true,
  ],
  ['rejection', { type: 'action', seq: 0, rejected: 'why' }, true],
  ['plan and answer', { type: 'action', seq: 1, plan: 1, answer: 'x' }, false],
  ['nothing', { type: 'action', seq: 1 }, false],
  ['negative seq', { type: 'action', seq: -1, plan: 1 }, false],
  ['seq with a fraction', { type: 'action', seq: 1.5, plan: 1 }, false],
  ['unknown key', { type: 'action', seq: 1, plan: 1, extra: 1 }, false],
  ['unknown telemetry', { type: 'action', seq: 1, plan: 1, telemetry: { mood: 1 } }, false],
  ['ping', { type: 'ping', id: 1, sentUs: 0.5 }, true],
  ['ready', { type: 'ready', id: 1, done: 2, note: 'x' }, true],
  ['unknown type', { type: 'observe' }, false],
  ['no object', 'hello', false],
];

describe('protocol tickbench.v1', () => {
  it('takes and refuses frames as it should, and its published JSON Schema agrees', () => {
    const published = protocolSchema() as { agent: Parameters<typeof z.fromJSONSchema>[0] };
    const byJsonSchema = z.fromJSONSchema(published.agent);
    for (const [what, frame, legal] of FRAMES) {
      expect(agentFrame.safeParse(frame).success, what).to.equal(legal);
      expect(readAgentFrame(JSON.stringify(frame)).ok, what).to.equal(legal);
      expect(byJsonSchema.safeParse(frame).success, `${what}, by JSON Schema`).to.equal(legal);
    }
  });

  it('is published by every server, with its limits', async () => {
    const server = await MatchServer.listen();
    const http = server.url.replace('ws:', 'http:');
    const published = (await (await fetch(`${http}/protocol.json`)).json()) as Record<string, unknown>;
    expect(published).to.deep.equal(JSON.parse(JSON.stringify(protocolSchema())));
    expect(published.limits).to.deep.equal(LIMITS);
    expect(await (await fetch(http)).json()).to.include({ protocol: PROTOCOL, agents: '/agent' });
    expect((await fetch(`${http}/secret`)).status).to.equal(404);
    await server.close();
  });

  it('says where a frame is wrong and what is expected, and never throws', () => {
    const wrong = readAgentFrame('{"type":"action","seq":"3","plan":1}');
    expect(wrong).to.deep.include({ ok: false, code: 'wrong-type' });
    expect(wrong.ok ? '' : wrong.detail).to.match(/^seq: .*expected/);
    fc.assert(fc.property(fc.string(), (text) => void readAgentFrame(text)));
    fc.assert(fc.property(fc.json(), (text) => void readAgentFrame(text)));
  });
});
