/** Whatever an agent puts into its frames: the match goes on, and nothing of it reaches a terminal as an order. */
import { expect } from 'chai';
import fc from 'fast-check';
import { contentOf, keptTelemetry } from '../../../harness/match/answering.js';
import { playMatch } from '../../../harness/match/match.js';
import { registerTask, taskNamed, valuedTaskNames } from '../../../harness/match/tasks.js';
import { readAgentFrame, type ActionFrame } from '../../../harness/protocol/frames.js';
import { printable } from '../../../harness/protocol/printable.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { eventsOf, rawAgent, seat, toyPlan } from './players.js';
import { toy } from './toy-task.js';

registerTask(toy);

/** What a terminal would obey. */
// eslint-disable-next-line no-control-regex -- what must not be there
const ORDERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e';

/** A frame whose plan is nested so deep. */
const nested = (open: string, close: string, levels: number): string =>
  `{"type":"action","seq":1,"plan":${open.repeat(levels)}1${close.repeat(levels)}}`;

describe('a hostile agent', () => {
  it('may nest a plan as deep as a frame holds: it is a rejected answer, in every task', () => {
    for (const name of valuedTaskNames())
      for (const text of [nested('[', ']', 8000), nested('{"a":', '}', 2600), nested('[{"plan":', '}]', 1400)]) {
        const reading = readAgentFrame(text);
        if (!reading.ok) throw new Error(reading.detail);
        expect(contentOf(reading.frame as ActionFrame, taskNamed(name)).kind, name).to.equal('rejected');
      }
  });

  it('may answer anything that is JSON, or text', () => {
    for (const name of valuedTaskNames()) {
      const task = taskNamed(name);
      fc.assert(
        fc.property(fc.oneof(fc.jsonValue(), fc.string()), fc.string({ unit: 'binary' }), (plan, text) => {
          for (const said of [{ plan }, { answer: text }, { rejected: text || 'x' }]) {
            const content = contentOf({ type: 'action', seq: 1, ...said }, task);
            if (content.kind === 'rejected') expect(content.reason).not.to.match(ORDERS);
          }
        }),
        { numRuns: 60 },
      );
    }
  });

  it('cannot put escapes into what is shown; line ends stay', () => {
    expect(printable(`a${ESCAPES}\nb`)).to.equal('a\\u001b[2J\\u001b]0;owned\\u0007\\u009b31m\\u202e\nb');
    const { answer, error } = keptTelemetry({ answer: ESCAPES, error: ESCAPES })!;
    for (const kept of [answer, error]) expect(kept).to.equal(printable(ESCAPES)).and.not.to.match(ORDERS);
  });

  it('says what it likes of itself and names itself as it likes, and the match is played to its end', async () => {
    const server = await MatchServer.listen();
    const line = server.admit('x', 'x');
    const huge = Number.MAX_SAFE_INTEGER;
    await rawAgent(server, 'x', (frame, self) => {
      if (frame.type !== 'observation') return;
      const telemetry = { requestUs: huge, firstTokenUs: 0, cpuPermille: huge, completionTokens: huge, answer: ESCAPES, error: ESCAPES };
      const said = [
        { plan: { steps: 1 }, telemetry },
        { plan: { steps: 1 }, telemetry: { ...telemetry, cpuPermille: 1 } },
        { rejected: ESCAPES, telemetry },
        { answer: ESCAPES },
        { plan: { steps: ESCAPES } },
        { plan: { [ESCAPES]: 1 } },
      ][frame.seq % 6];
      self.say({ type: 'hello', protocol: 'tickbench.v1', token: 'x', name: ESCAPES });
      self.say({ type: 'action', seq: frame.seq, [ESCAPES]: 1, plan: 1 });
      self.say({ type: 'action', seq: frame.seq, ...said });
    });
    const trace = await playMatch(server, toyPlan({ seats: [seat('x', { kind: 'stranger', givenUs: 5_000 })], clock: 'virtual' }));
    expect(trace.footer!.results.over).to.equal(true);
    expect(trace.footer!.verdict).to.deep.equal({ counts: true, reasons: [] });
    expect(eventsOf(trace.events, 'reject').length).to.be.greaterThan(5);
    expect(eventsOf(trace.events, 'act').length).to.be.greaterThan(5);
    for (const event of trace.events) {
      if (event.kind === 'error') expect(event.detail).not.to.match(ORDERS);
      if (event.kind === 'reject') expect(event.reason).not.to.match(ORDERS);
      if (event.kind === 'act' || event.kind === 'reject') expect(event.telemetry?.answer ?? '').not.to.match(ORDERS);
    }
    expect(line.calledItself).not.to.match(ORDERS);
    expect(replayTrace(trace).faults).to.deep.equal([]);
    await server.close();
  });
});
