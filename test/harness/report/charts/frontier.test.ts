/** The frontier chart: its text is really drawn, its marks are where the numbers say, and labels do not overlap. */
import { Resvg } from '@resvg/resvg-js';
import { expect } from 'chai';
import fc from 'fast-check';
import { FontError, rasterise } from '../../../../harness/report/charts/font.js';
import {
  drawFrontierAs,
  renderFrontier,
  type ChartPlace,
  type ChartPoint,
  type FrontierChart,
} from '../../../../harness/report/charts/frontier.js';
import { placeLabels, type Box } from '../../../../harness/report/charts/labels.js';

const estimate = (value: number, half: number) => ({ value, low: value - half, high: value + half, n: 6 });
const model = (series: string, label: string, ms: number, quality: number, status: ChartPoint['status']): ChartPoint => ({
  series,
  label,
  kind: 'model',
  latency: estimate(ms * 1000, ms * 20),
  quality: estimate(quality, 0.04),
  status,
});
const bot = (label: string, ms: number): ChartPoint => ({
  series: 'expert bot',
  label,
  kind: 'bot',
  latency: estimate(ms * 1000, 0),
  quality: estimate(0.93, 0.02),
  status: 'dominated',
  injected: true,
});
const chart: FrontierChart = {
  title: 'Latency against quality',
  subtitle: '96 states, 6 matches each',
  tick: { us: 16_667, name: 'frame' },
  points: [model('1M', 'w8a8', 160, 0.6, 'frontier'), model('4M', 'w8a8', 430, 0.79, 'tied'), bot('0 ms', 0), bot('200 ms', 200)],
};

/** RGBA of a PNG (the rasteriser also reads PNGs, so no other decoder is needed). */
function pixels(png: Uint8Array): { width: number; data: Buffer } {
  const width = Buffer.from(png).readUInt32BE(16);
  const height = Buffer.from(png).readUInt32BE(20);
  const href = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><image href="${href}" width="${width}" height="${height}"/></svg>`;
  return { width, data: new Resvg(svg).render().pixels };
}

/** How many pixels of an area differ clearly between two pictures of the same size. */
function differing(a: Uint8Array, b: Uint8Array, area: Box): number {
  const one = pixels(a);
  const two = pixels(b);
  let count = 0;
  for (let y = area.y; y < area.y + area.height; y++) {
    for (let x = area.x; x < area.x + area.width; x++) {
      const i = (y * one.width + x) * 4;
      if (Math.abs(one.data[i]! - two.data[i]!) > 64) count++;
    }
  }
  return count;
}

describe('frontier chart', () => {
  const { svg, png } = renderFrontier(chart);

  it('draws its text into the PNG', () => {
    const mute = rasterise(svg.replace(/<text[\s\S]*?<\/text>/g, ''), 2);
    const title: Box = { x: 40, y: 28, width: 440, height: 50 };
    const ticks: Box = { x: 80, y: 230, width: 60, height: 700 };
    expect(differing(png, mute, title)).to.be.greaterThan(500);
    expect(differing(png, mute, ticks)).to.be.greaterThan(100);
    expect(differing(png, png, title)).to.equal(0);
    expect(pixels(png).width).to.equal(1800);
  });

  it('fails loudly without its font, and when another is asked for', () => {
    expect(() => renderFrontier(chart, '/nowhere')).to.throw(FontError, /nowhere/);
    expect(() => rasterise('<svg xmlns="http://www.w3.org/2000/svg"><text font-family="Comic">x</text></svg>', 1)).to.throw(
      FontError,
      /Comic/,
    );
  });

  it('says what everything is', () => {
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    const all = texts.join('\n');
    for (const word of [
      'Latency against quality',
      '96 states, 6 matches each',
      '1M w8a8',
      '4M w8a8',
      'expert bot 0 ms (injected)',
      '200 ms',
    ]) {
      expect(all).to.include(word);
    }
    expect(all).to.match(/world time, ms \(log\).*1 frame = 16\.7 ms/);
    // A latency of zero has no place on a logarithmic axis: it stands apart, under a 0.
    expect(texts).to.include('0');
    expect(all).not.to.match(/NaN|undefined/);
  });

  it('keeps escaped what a user named', () => {
    const hostile = { ...chart, title: 'a <b> & "c"', points: [{ ...chart.points[0]!, label: '<script>' }] };
    const drawn = renderFrontier(hostile).svg;
    expect(drawn).not.to.include('<script>');
    expect(drawn).to.include('&lt;script');
  });

  it('lets no name turn the direction of writing, nor hold what nobody sees', () => {
    const named = { ...chart, points: [{ ...chart.points[0]!, series: 'a\u202eb\u200b', label: 'c\u2067d\u061c' }] };
    const drawn = renderFrontier(named).svg;
    expect(drawn).not.to.match(/[\u202e\u200b\u2067\u061c]/);
    expect(drawn).to.include('a\ufffdb\ufffd');
  });

  it('tells where the library has drawn each mark, and is drawn in full for figures of any size', () => {
    const figure = (most: number) => fc.oneof(fc.double({ min: -1.2, max: 1.2, noNaN: true }), fc.double({ min: -most, max: most, noNaN: true }));
    const point = fc.record({ ms: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1e5, noNaN: true })), quality: figure(1e7), isBot: fc.boolean() });
    const places = fc.constantFrom<ChartPlace>('picture', 'page', 'half', 'phone');
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 6 }), places, fc.constantFrom<FrontierChart['scale']>('share', 'free'), (all, place, scale) => {
        const points = all.map(({ ms, quality, isBot }, i) => ({ ...(isBot ? bot(`${ms} ms`, ms) : model(`${i}M`, 'w8a8', ms, quality, 'tied')), quality: estimate(quality, 0.04) }));
        const { svg, spots } = drawFrontierAs(place, { ...chart, scale, points });
        // The library's own marks are the last series' shapes, each moved to its place.
        const shapes = [...svg.matchAll(/<path [^>]*transform="matrix\([^)]*,([-\d.e]+),([-\d.e]+)\)"[^>]*ecmeta_series_index="(\d+)"/g)];
        const last = Math.max(...shapes.map(([, , , series]) => Number(series)));
        const drawn = shapes.filter(([, , , series]) => Number(series) === last).map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
        expect(drawn).to.have.length(points.length);
        drawn.forEach(({ x, y }, i) => {
          expect(x).to.be.closeTo(spots[i]!.x, 0.01);
          expect(y).to.be.closeTo(spots[i]!.y, 0.01);
        });
        const numbers = [...svg.matchAll(/<text[^>]*text-anchor="end"[^>]*>([^<]*)<\/text>/g)];
        expect(numbers.length).to.be.within(2, 20);
        expect(svg).not.to.match(/NaN|undefined|Infinity/);
      }),
      { numRuns: 20 },
    );
  }); // prettier-ignore

  it('refuses to draw nothing', () => {
    const nothing = { value: null, low: null, high: null, n: 0 };
    const points = [{ ...chart.points[0]!, quality: nothing }];
    expect(() => renderFrontier({ ...chart, points })).to.throw(RangeError);
  });

  it('places labels without overlap, inside, whenever points leave room', () => {
    const area: Box = { x: 0, y: 0, width: 800, height: 400 };
    const spot = fc.record({ x: fc.integer({ min: 20, max: 780 }), y: fc.integer({ min: 20, max: 380 }) });
    fc.assert(
      fc.property(fc.array(spot, { minLength: 1, maxLength: 14 }), (spots) => {
        const requests = spots.map(({ x, y }) => ({ x, y, width: 70, height: 15, clear: 9 }));
        const placed = placeLabels(requests, area, [], []);
        placed.forEach((a, i) => {
          expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= 800 && a.y + a.height <= 400).to.equal(true);
          for (const b of placed.slice(i + 1)) {
            const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
            expect(apart).to.equal(true);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('puts no label where it would be read as another mark’s, unless a line leads to its own', () => {
    const area: Box = { x: 0, y: 0, width: 800, height: 400 };
    const spot = fc.record({ x: fc.integer({ min: 100, max: 200 }), y: fc.integer({ min: 100, max: 160 }) });
    const gap = (box: Box, x: number, y: number): number =>
      Math.hypot(Math.max(box.x - x, x - box.x - box.width, 0), Math.max(box.y - y, y - box.y - box.height, 0));
    fc.assert(
      fc.property(fc.uniqueArray(spot, { minLength: 2, maxLength: 6, selector: ({ x, y }) => `${x} ${y}` }), (spots) => {
        const marks = spots.map(({ x, y }) => ({ x: x - 6, y: y - 6, width: 12, height: 12 }));
        const requests = spots.map(({ x, y }) => ({ x, y, width: 70, height: 15, clear: 10 }));
        placeLabels(requests, area, marks, []).forEach((label, i) => {
          const own = gap(label, spots[i]!.x, spots[i]!.y);
          const others = spots.filter((_, j) => j !== i).map(({ x, y }) => gap(label, x, y));
          if (!label.far) expect(own).below(Math.min(...others));
        });
      }),
    );
  });
});
