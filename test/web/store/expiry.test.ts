/** When a token ends, as operators write it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { expiryOf } from '../../../web/server/store/expiry.js';

const NOW = Date.UTC(2030, 0, 31, 12);

describe('when a token ends', () => {
  it('is so long from now, or at the beginning of a day, or at a time', () => {
    expect(expiryOf('90m', NOW)).to.equal(NOW + 90 * 60_000);
    expect(expiryOf('12h', NOW)).to.equal(NOW + 12 * 3_600_000);
    expect(expiryOf('30d', NOW)).to.equal(NOW + 30 * 86_400_000);
    expect(expiryOf('2w', NOW)).to.equal(NOW + 14 * 86_400_000);
    expect(expiryOf('2030-02-01', NOW)).to.equal(Date.UTC(2030, 1, 1));
    expect(expiryOf('2030-01-31T12:01Z', NOW)).to.equal(NOW + 60_000);
  });

  it('is read back from any time to come as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000_000_000 }), (seconds) => {
        const at = NOW + seconds * 1000;
        expect(expiryOf(new Date(at).toISOString().replace('.000Z', 'Z'), NOW)).to.equal(at);
      }),
    );
  });

  it('is nothing else: no day that is past or that no month has, no other unit, nothing beyond a century', () => {
    for (const text of ['', '0d', '-1d', '1y', '30', 'd', '1.5d', '2030-01-31', '2030-02-30', '2030-13-01', '31.01.2031', '2031-01-31T18:00:00', '2031-01-31T25:00Z', '9999999w', '2199-01-01'])
      expect(expiryOf(text, NOW), text).to.equal(undefined);
  }); // prettier-ignore
});
