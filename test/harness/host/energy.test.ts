/** Energy counters of a made host: which are added up, that none is lost where a counter begins again, and what is said where there are none. */
import { expect } from 'chai';
import fc from 'fast-check';
import { join } from 'node:path';
import { energyCounters, EnergyMeter } from '../../../harness/host/energy.js';
import { MadeCounters } from './made-counters.js';

describe('energy of a host’s processors', () => {
  const made: MadeCounters[] = [];
  const host = (zones: ConstructorParameters<typeof MadeCounters>[0]): MadeCounters => {
    const counters = new MadeCounters(zones);
    made.push(counters);
    return counters;
  };
  after(() => {
    for (const each of made) each.remove();
  });

  it('is that of packages and their memory, each joule once', () => {
    const { folder } = host({
      'intel-rapl:0': { name: 'package-0', uj: 5 },
      'intel-rapl:0:0': { name: 'core', uj: 3 },
      'intel-rapl:0:1': { name: 'dram', uj: 1 },
      'intel-rapl:1': { name: 'package-1', uj: 5 },
      'intel-rapl:2': { name: 'psys', uj: 20 },
      'intel-rapl-mmio:0': { name: 'package-0', uj: 5 },
      dtpm: { name: 'dtpm', uj: 9 },
    });
    expect(energyCounters(folder).counters!.map(({ name }) => name)).to.deep.equal(['package-0', 'package-0 dram', 'package-1']);
  });

  it('says why there is none, and takes no package for the whole where another cannot be read', () => {
    expect(energyCounters('/nowhere')).to.deep.equal({ missing: 'this host does not show it' });
    expect(energyCounters(host({}).folder)).to.deep.equal({ missing: 'this host does not show it' });
    const half = host({ 'intel-rapl:0': { name: 'package-0', uj: 5 }, 'intel-rapl:1': { name: 'package-1' } });
    expect(energyCounters(half.folder)).to.deep.equal({ missing: 'this host does not let this user read it (intel-rapl:1)' });
  });

  it('loses none where a counter begins again, however often it is looked at', () => {
    const rangeUj = 1000;
    const counters = host({ 'intel-rapl:0': { name: 'package-0', uj: 0, rangeUj }, 'intel-rapl:1': { name: 'package-1', uj: 7, rangeUj } });
    const step = fc.record({ uj: fc.integer({ min: 0, max: rangeUj - 1 }), isTold: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: rangeUj - 1 }), fc.array(step, { maxLength: 12 }), (from, steps) => {
        let reading = from;
        counters.set('intel-rapl:0', reading);
        const meter = new EnergyMeter(energyCounters(counters.folder).counters!, 0);
        let told = 0;
        let toldUs = 0;
        for (const [i, { uj, isTold }] of steps.entries()) {
          reading = (reading + uj) % rangeUj;
          counters.set('intel-rapl:0', reading);
          if (!isTold) meter.look((i + 1) * 50);
          else {
            const taken = meter.take((i + 1) * 50);
            told += taken.uj['package-0']!;
            toldUs += taken.realUs;
            expect(taken.uj['package-1']).to.equal(0);
          }
        }
        const last = meter.take(1000);
        meter.close();
        expect(told + last.uj['package-0']!).to.equal(steps.reduce((sum, { uj }) => sum + uj, 0));
        expect(toldUs + last.realUs).to.equal(1000);
      }),
      { numRuns: 50 },
    );
  });

  it('is not told once a counter went away, for what it took then is not known', () => {
    const counters = host({ 'intel-rapl:0': { name: 'package-0', uj: 5 }, 'intel-rapl:0:0': { name: 'dram', uj: 5 } });
    const meter = new EnergyMeter(energyCounters(counters.folder).counters!, 0);
    counters.set('intel-rapl:0', 15);
    expect(meter.take(10)).to.deep.equal({ realUs: 10, uj: { 'package-0': 10, 'package-0 dram': 0 } });
    counters.lose('intel-rapl:0:0');
    meter.look();
    counters.set('intel-rapl:0:0', 99);
    expect(meter.take(20)).to.deep.equal({ realUs: 10, uj: {} });
    meter.close();
    expect(energyCounters(join(counters.folder, 'intel-rapl:0'))).to.have.property('missing');
  });

  it('is not told once a counter was set back: had it begun again at its end, the host would have taken megawatts', () => {
    const counters = host({ 'intel-rapl:0': { name: 'package-0', uj: 5_000_000_000 } });
    const meter = new EnergyMeter(energyCounters(counters.folder).counters!, 0);
    counters.set('intel-rapl:0', 12);
    expect(meter.take(1_000_000)).to.deep.equal({ realUs: 1_000_000, uj: {} });
    meter.close();
  });

  it('is not told where counters stand still: no host takes nothing', () => {
    const counters = host({ 'intel-rapl:0': { name: 'package-0', uj: 5 } });
    const meter = new EnergyMeter(energyCounters(counters.folder).counters!, 0);
    expect(meter.take(20_000)).to.deep.equal({ realUs: 20_000, uj: {} });
    meter.close();
  });
});
