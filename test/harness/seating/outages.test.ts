/** Which outages can be asked for, and how they are written and named. */
import { expect } from 'chai';
import { configurationSchema, type Configuration } from '../../../harness/configuration/configuration.js';
import { outageFault } from '../../../harness/seating/outages.js';
import { modelPlayer, parseSeat, SeatError, seatName } from '../../../harness/seating/seats.js';
import { outageText } from '../../../scoring/trace/outage.js';

const parsed = (endpoint: object): Configuration =>
  configurationSchema.omit({ latency: true }).parse({ name: 'm', endpoint, request: {} }) as Configuration;
const embedded = parsed({ kind: 'embedded', model: 'models/tb-1m', precision: 'fp4' });
const elsewhere = parsed({ kind: 'openai', url: 'http://127.0.0.1:9/v1', model: 'm' });

describe('outages that are asked for', () => {
  it('stand behind a model’s seat, a time for one that is killed and two for one that is cut off', () => {
    expect(parseSeat('model:a.yaml,outage=10s', 10_000)).to.deep.include({ configuration: 'a.yaml', outage: { atUs: 10_000_000 } });
    const both = parseSeat('model:a.yaml+5ms,feed=2ms,outage=3f/1.5s', 10_000);
    expect(both).to.deep.include({ addedUs: 5000, latency: { feed: { kind: 'constant', us: 2000 } } });
    expect(both).to.deep.include({ outage: { atUs: 30_000, forUs: 1_500_000 } });
    expect(seatName(both)).to.equal('a.yaml +5 ms, injected feed 2 ms, calls cut off for 1.5 s at 0.03 s');
    expect(outageText({ atUs: 10_000_000 })).to.equal('endpoint killed at 10 s');
    for (const [wrong, why] of [
      ['bot:expert,outage=1s', 'a bot has no endpoint'],
      ['model:a.yaml,outage=soon', '"soon" is no delay'],
      ['model:a.yaml,outage=1s/0s', 'of no time'],
      ['model:a.yaml,outage=1s,feed=2ms', 'comes last'],
    ] as const)
      expect(() => parseSeat(wrong, 10_000), wrong).to.throw(SeatError, why);
  });

  it('kill what is ours, cut off what is not, and touch nobody else', () => {
    const player = (configuration: Configuration, outage?: { atUs: number; forUs?: number }) =>
      modelPlayer(configuration, { addedUs: 0, ...(outage ? { outage } : {}) });
    const [kill, cut] = [{ atUs: 1 }, { atUs: 1, forUs: 1 }];
    expect(outageFault([player(embedded, kill), player(elsewhere, cut)])).to.equal(undefined);
    expect(outageFault([player(embedded, cut)])).to.include('accepted: outage=TIME, since an embedded engine is killed');
    expect(outageFault([player(elsewhere, kill)])).to.include('not ours to kill; accepted: outage=TIME/TIME');
    expect(outageFault([player(embedded, kill), player(embedded)])).to.include('seat 2 asks the same endpoint');
  });
});
