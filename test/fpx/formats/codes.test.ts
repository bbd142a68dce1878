import { expect } from 'chai';
import fc from 'fast-check';
import {
  decodeBf16,
  decodeE2M1,
  decodeE4M3,
  decodeE5M2,
  decodeE8M0,
  decodeFp16,
  encodeBf16,
  encodeE2M1,
  encodeE4M3,
  encodeE5M2,
  encodeE8M0,
} from '../../../fpx/formats/codes.js';

/** The non-negative finite values of a format, counted up from zero: the step doubles each time the mantissa has run through. */
function ladder(codes: number, mantissaBits: number, smallest: number): number[] {
  const values: number[] = [];
  let value = 0;
  let step = smallest;
  for (let code = 0; code < codes; code++) {
    values.push(value);
    if (code >= 2 ** (mantissaBits + 1) && code % 2 ** mantissaBits === 0) step *= 2;
    value += step;
  }
  return values;
}

const E4M3_LADDER = ladder(127, 3, 2 ** -9);
const E5M2_LADDER = ladder(124, 2, 2 ** -16);
const E2M1_LADDER = [0, 0.5, 1, 1.5, 2, 3, 4, 6];

/** The double just above (direction 1) or below (-1) a positive one. */
function neighbour(x: number, direction: number): number {
  const view = new BigInt64Array(new Float64Array([x]).buffer);
  view[0] = view[0]! + BigInt(direction);
  return new Float64Array(view.buffer)[0]!;
}

const miniFormats = [
  { name: 'E4M3', values: E4M3_LADDER, sign: 0x80, encode: encodeE4M3, decode: decodeE4M3 },
  { name: 'E5M2', values: E5M2_LADDER, sign: 0x80, encode: encodeE5M2, decode: decodeE5M2 },
  { name: 'E2M1', values: E2M1_LADDER, sign: 0x08, encode: encodeE2M1, decode: decodeE2M1 },
];

describe('number formats', () => {
  it('has the ladders of the definitions', () => {
    expect(E4M3_LADDER.slice(-2)).to.deep.equal([416, 448]);
    expect(E4M3_LADDER[8]).to.equal(2 ** -6);
    expect(E5M2_LADDER.at(-1)).to.equal(57344);
    expect(E5M2_LADDER[4]).to.equal(2 ** -14);
  });

  for (const { name, values, sign, encode, decode } of miniFormats) {
    describe(name, () => {
      it('decodes every code, both signs', () => {
        values.forEach((value, code) => {
          expect(decode(code), `code ${code}`).to.equal(value);
          expect(decode(code | sign), `code ${code | sign}`).to.equal(-value);
        });
      });

      it('encodes every value to its own code', () => {
        values.forEach((value, code) => {
          expect(encode(value), `${value}`).to.equal(code);
          expect(encode(-value), `${-value}`).to.equal(code | sign);
        });
      });

      it('rounds every halfway point to the even code and its neighbours to the nearer one', () => {
        for (let code = 0; code + 1 < values.length; code++) {
          const middle = (values[code]! + values[code + 1]!) / 2;
          const even = code % 2 === 0 ? code : code + 1;
          for (const [factor, bit] of [
            [1, 0],
            [-1, sign],
          ] as const) {
            expect(encode(factor * middle), `${factor * middle}`).to.equal(even | bit);
            expect(encode(factor * neighbour(middle, -1))).to.equal(code | bit);
            expect(encode(factor * neighbour(middle, 1))).to.equal((code + 1) | bit);
          }
        }
      });

      it('saturates', () => {
        const last = values.length - 1;
        const top = values[last]!;
        for (const x of [top * 1.01, top * 1.07, top * 2, 1e30, Infinity]) {
          expect(encode(x), `${x}`).to.equal(last);
          expect(encode(-x), `${-x}`).to.equal(last | sign);
        }
      });

      it('finds the nearest value of any number', () => {
        fc.assert(
          fc.property(fc.double({ min: -1.2, max: 1.2, noNaN: true }), fc.integer({ min: -12, max: 17 }), (fraction, exponent) => {
            const x = fraction * 2 ** exponent;
            const got = Math.abs(decode(encode(x)) - Math.min(Math.abs(x), values.at(-1)!) * Math.sign(x));
            const best = Math.min(...values.map((v) => Math.abs(v - Math.min(Math.abs(x), values.at(-1)!))));
            expect(got).to.equal(best);
          }),
          { numRuns: 500 },
        );
      });
    });
  }

  it('knows the NaN of each format', () => {
    expect(decodeE4M3(0x7f)).to.be.NaN;
    expect(decodeE4M3(0xff)).to.be.NaN;
    expect(encodeE4M3(NaN)).to.equal(0x7f);
    expect(decodeE5M2(0x7d)).to.be.NaN;
    expect(decodeE5M2(0x7c)).to.equal(Infinity);
    expect(decodeE5M2(0xfc)).to.equal(-Infinity);
    expect(() => encodeE2M1(NaN)).to.throw(RangeError, 'E2M1 has no NaN');
    expect(decodeE8M0(0xff)).to.be.NaN;
  });

  it('takes the power of two at or under a block scale (E8M0)', () => {
    for (let code = 0; code < 255; code++) expect(encodeE8M0(decodeE8M0(code))).to.equal(code);
    expect(decodeE8M0(encodeE8M0(3.99))).to.equal(2);
    expect(decodeE8M0(encodeE8M0(1e300))).to.equal(2 ** 127);
    expect(decodeE8M0(encodeE8M0(1e-300))).to.equal(2 ** -127);
  });

  it('agrees with f32 on every BF16 code, ties and saturation included', () => {
    const floats = new Float32Array(1);
    const bits = new Uint32Array(floats.buffer);
    for (let code = 0; code < 0x7f80; code++) {
      bits[0] = code << 16;
      const value = floats[0]!;
      if (decodeBf16(code) !== value || encodeBf16(value) !== code || encodeBf16(-value) !== (code | 0x8000)) expect.fail(`code ${code}`);
      if (code === 0x7f7f) continue;
      bits[0] = (code + 1) << 16;
      const middle = (value + floats[0]!) / 2;
      const even = code % 2 === 0 ? code : code + 1;
      if (encodeBf16(middle) !== even) expect.fail(`tie after ${code}`);
      // Closer to the tie than an f32 can tell.
      if (code > 0x80 && (encodeBf16(neighbour(middle, 1)) !== code + 1 || encodeBf16(neighbour(middle, -1)) !== code)) {
        expect.fail(`beside the tie after ${code}`);
      }
    }
    expect(encodeBf16(1e39)).to.equal(0x7f7f);
    expect(encodeBf16(-Infinity)).to.equal(0xff7f);
    expect(decodeBf16(encodeBf16(NaN))).to.be.NaN;
  });

  it('decodes half precision', () => {
    const golden: [number, number][] = [
      [0x0000, 0],
      [0x8000, -0],
      [0x0001, 2 ** -24],
      [0x03ff, 2 ** -14 - 2 ** -24],
      [0x0400, 2 ** -14],
      [0x3555, 0.333251953125],
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x7c00, Infinity],
    ];
    for (const [code, value] of golden) expect(decodeFp16(code)).to.equal(value);
    expect(decodeFp16(0x7c01)).to.be.NaN;
  });
});
