/** Prices in configurations: what is read, what is refused, and what a trace's record holds. */
import { expect } from 'chai';
import { configurationSchema } from '../../../harness/configuration/configuration.js';
import { recordedPrice } from '../../../harness/configuration/price.js';
import { asPlanned, learnt } from '../../../harness/seating/record.js';

const base = { name: 'm', endpoint: { kind: 'openai', url: 'http://127.0.0.1:1/v1', model: 'm' }, request: {} };
const read = (price: unknown) => configurationSchema.safeParse({ ...base, price });

describe('prices', () => {
  it('are by the hour or by tokens, with their day', () => {
    expect(read({ perHour: 2.5, date: '2026-11-01' }).data!.price).to.deep.equal({ perHour: 2.5, currency: 'USD', date: '2026-11-01' });
    expect(read({ promptPerMillion: 1, completionPerMillion: 2, date: '2026-11-01' }).success).to.equal(true);
    expect(configurationSchema.safeParse(base).data!.price).to.equal(undefined);
  });

  it('of another form are refused, and it is said what is accepted', () => {
    const bad = [{ perHour: 2.5 }, { perHour: 2.5, date: 'today' }, { perHour: 2.5, date: '2026-13-01' }, { perHour: -1, date: '2026-11-01' }, { promptPerMillion: 1, date: '2026-11-01' }, { perHour: 1, promptPerMillion: 1, completionPerMillion: 1, date: '2026-11-01' }, { perHour: 1, currency: 'EUR', date: '2026-11-01' }, 3]; // prettier-ignore
    for (const price of bad) expect(read(price).success, JSON.stringify(price)).to.equal(false);
    const told = (price: unknown): string => read(price).error!.issues[0]!.message;
    expect(told({ perHour: 2.5 })).to.include('{perHour, date} or {promptPerMillion, completionPerMillion, date}');
    expect(told({ perHour: 2.5, date: '2026-13-01' })).to.include('YYYY-MM-DD');
    expect(told({ perHour: 1, currency: 'EUR', date: '2026-11-01' })).to.include('USD');
  });

  it('are in a trace, and no part of what was planned: another price plays nothing again', () => {
    const record = { name: 'm', kind: 'model' as const, addedUs: 0, configuration: { identity: 'x' } };
    const price = { perHour: 2, currency: 'USD', date: '2026-11-01' };
    const told = learnt(record, { price });
    expect(recordedPrice(told.configuration)).to.deep.equal(price);
    expect(asPlanned(told)).to.deep.equal(record);
    expect(recordedPrice({ identity: 'x' })).to.equal(undefined);
    expect(recordedPrice(undefined)).to.equal(undefined);
  });
});
