/** What a sweep says of its configurations: nothing that its intervals do not carry. */
import { expect } from 'chai';
import { summarise } from '../../../scoring/figures/summary.js';
import { qualityOf } from '../../../scoring/figures/quality.js';
import { frontier } from '../../../scoring/figures/frontier.js';
import { meanInterval } from '../../../scoring/statistics/means.js';
import { verdictsOf } from '../../../harness/report/verdict.js';
import { TICK, toy, toyTrace } from '../../scoring/oracle/toy.js';

/** Six matches of a player that presses the right button so many times in each, every answer so late. */
function matchesOf(presses: (seed: number) => number, latencyUs: number, costs: number) {
  return [1, 2, 3, 4, 5, 6].map((seed) => {
    const moves = Array.from({ length: presses(seed) }, (_, i) => ({ observedAt: i * 4 * TICK, latencyUs: latencyUs + (seed % 2) * 100, press: 'A' as const })); // prettier-ignore
    const trace = toyTrace(moves, seed);
    // What the toy pays is not the point here, so that it pays by the press.
    return { trace: { ...trace, footer: { ...trace.footer!, results: { ...trace.footer!.results, reward: [10 * (presses(seed) - costs)] } } }, seat: 0 }; // prettier-ignore
  });
}

type Played = Record<
  string,
  {
    presses: (seed: number) => number;
    latencyUs: number;
    quality: number;
    /** By how much the clusters of its quality scatter, up and down in turn. */
    scatter?: number;
    patient?: number;
    group?: string;
    score?: number[];
    answers?: string[];
  }
>;

/** Sums of six clusters around a quality. */
const partsOf = (quality: number, scatter = 0) =>
  [1, 2, 3, 4, 5, 6].map((each) => ({
    numerator: 10 * (quality + (each % 2 === 0 ? scatter : -scatter)) + (each % 3) * 0.1,
    denominator: 10,
  }));

/** @param costs presses that a match costs, whoever plays */
function verdictOf(played: Played, costs = 0) {
  const entries = Object.entries(played).map(
    ([name, { presses, latencyUs, quality, scatter, patient: waiting, group = name, score: scores, answers }]) => {
      const matches = matchesOf(presses, latencyUs, costs);
      const parts = partsOf(quality, scatter);
      const entrant = { name };
      const summary = summarise(toy, name, matches, [], { parts, asked: 6, rejected: 0, situations: [] } as never);
      const patient = waiting === undefined ? undefined : { play: qualityOf(partsOf(waiting)), parts: partsOf(waiting) };
      // Who has no score on a seed has none because the formula gave no number there.
      const score = scores && { figure: meanInterval(scores), bySeed: new Map(scores.map((each, i) => [i + 1, each])), missing: matches.slice(scores.length).map((_, i) => ({ id: `m${i}`, why: 'p90Ms: no decision was made' })), by: 'reward - p90Ms' }; // prettier-ignore
      const axis = score ? { axis: 'score', figure: score.figure, parts: [], scores: score.bySeed } : patient ? { axis: 'patient play', figure: patient.play, parts: patient.parts } : { axis: 'probe quality', figure: summary.probeQuality, parts }; // prettier-ignore
      return { entrant, matches, row: { name, group, kind: 'embedded', entrant, clock: 'virtual', speed: 1, summary, patient, answers, ...(score ? { score } : {}), quality: axis, status: 'tied', by: [] as string[] } }; // prettier-ignore
    },
  );
  const rows = entries.map(({ row }) => row);
  const points = rows.map(({ name, summary, quality }) => ({
    name,
    latency: summary.worldMeanUs,
    latencyParts: summary.latencyParts,
    quality: quality.figure,
    qualityParts: quality.parts,
  }));
  frontier(points).forEach(({ status, by }, i) => Object.assign(rows[i]!, { status, by }));
  const cells = entries.flatMap(({ entrant, matches }) => matches.map(({ trace, seat }) => ({ cell: { entrant, seat }, trace })));
  return verdictsOf(toy, { rows, cells } as never)[0]!;
}

describe('the verdict of a sweep', () => {
  it('ranks by reward where intervals tell, and says who is on the frontier', () => {
    const verdict = verdictOf({
      large: { presses: (seed) => 6 + (seed % 2), latencyUs: 3 * TICK, quality: 0.9 },
      small: { presses: (seed) => 1 + (seed % 3 === 0 ? 1 : 0), latencyUs: TICK, quality: 0.5 },
      beaten: { presses: () => 1, latencyUs: 3.5 * TICK, quality: 0.3 },
    });
    expect(verdict).to.include({ take: 'large', because: 'most' });
    expect(verdict.frontier).to.deep.equal(['large', 'small']);
    expect(verdict.frontierTied).to.deep.equal([]);
    expect(verdict.sentence).to.match(/take large: it earned .* more than every other one\. Less beyond doubt: small .*, beaten/);
    expect(verdict.sentence).to.equal([verdict.answer, ...verdict.details].join(' '));
    expect(verdict.answer).to.match(/^toy: take large: it earned .*, more than every other one\.$/);
    expect(verdict.sentence).to.match(/On the frontier of latency and probe quality: large and small\./);
  });

  it("counts a plan's own score by the matches that have one, and tells of those that have none", () => {
    const presses = (seed: number): number => 3 + (seed % 2);
    const verdict = verdictOf({
      kept: { presses, latencyUs: TICK, quality: 0.5, score: [1, 1.1, 0.9, 1, 1.1, 0.9] },
      lucky: { presses, latencyUs: 2 * TICK, quality: 0.5, score: [5, 5.1, 4.9, 5] },
      lost: { presses, latencyUs: 2 * TICK, quality: 0.5, score: [] },
    });
    expect(verdict.take).to.equal('lucky');
    expect(verdict.answer).to.match(/it scored 5\.00 .* by reward - p90Ms .* over 4 matches/);
    expect(verdict.sentence)
      .to.include('2 of the 6 matches of lucky have no score and are in none of this; the first: p90Ms: no decision was made.')
      .and.include('Of lost no match has a score, so nothing is said of it.')
      .and.include('6 of the 6 matches of lost have no score')
      .and.not.include('of kept have no score');
  });

  it('draws the frontier by patient play where there is any, and says where the probes contradict it', () => {
    const verdict = verdictOf({
      large: { presses: (seed) => 6 + (seed % 2), latencyUs: 3 * TICK, quality: 0.5, patient: 0.9 },
      small: { presses: (seed) => 1 + (seed % 3 === 0 ? 1 : 0), latencyUs: TICK, quality: 0.6, patient: 0.4 },
      slow: { presses: () => 1, latencyUs: 3.5 * TICK, quality: 0.3, patient: 0.2 },
    });
    expect(verdict.frontier).to.deep.equal(['large', 'small']);
    expect(verdict.sentence)
      .to.match(/and patient play 0\.91, more than every other one/)
      .and.match(/On the frontier of latency and patient play: large and small\./);
    expect(verdict.sentence).to.match(
      /Patient play and probes disagree about large and small: the first less the second: patient play 0\.50 \([^)]*\), probes -0\.10+ \([^)]*\)\./,
    );
    const unsure = verdictOf({
      large: { presses: () => 6, latencyUs: 3 * TICK, quality: 0.5, patient: 0.9, scatter: 0.3 },
      small: { presses: () => 1, latencyUs: TICK, quality: 0.55, patient: 0.4 },
    });
    expect(unsure.sentence).to.match(
      /disagree about large and small: [^:]*: patient play 0\.50 \([^)]*\), probes -0\.05\d* \([^)]*\) \(not told apart\)\./,
    );
    expect(verdict.sentence).not.to.match(/disagree about [a-z ]*slow/);
    expect(verdict.sentence).to.match(/small less large: reward -5\.\d+ \(.*\) points, patient play -0\.50 \(.*\), probes 0\.10+ \(/);
  });

  it('claims no order among those that nothing tells apart, in reward or on the frontier', () => {
    const verdict = verdictOf({
      one: { presses: (seed) => 2 + (seed % 3), latencyUs: 2 * TICK, quality: 0.7 },
      other: { presses: (seed) => 2 + ((seed + 1) % 3), latencyUs: 2 * TICK, quality: 0.7 },
      late: { presses: (seed) => 2 + ((seed + 2) % 3), latencyUs: 3 * TICK, quality: 0.7 },
    });
    expect(verdict.because).to.equal('fastest');
    expect(verdict.less).to.deep.equal([]);
    expect(verdict.sentence).to.match(/reward tells it from no other/);
    expect(verdict.sentence).not.to.match(/earned most|more than/);
    // The first two are as good, and differ in latency by less than can be told; the late one is slower beyond doubt.
    expect([verdict.frontier, verdict.frontierTied]).to.deep.equal([[], ['one', 'other']]);
    expect(verdict.sentence).to.match(/Of no configuration is it certain that it is on the frontier .*; tied: one and other\./);
  });

  it('says how many matches would tell who seems to earn more than the fastest, and nothing where nobody does', () => {
    const verdict = (presses: (seed: number) => number): string[] =>
      verdictOf({
        fast: { presses: (seed) => 2 + (seed % 3), latencyUs: TICK, quality: 0.7 },
        slow: { presses, latencyUs: 3 * TICK, quality: 0.7 },
      }).details;
    const found = verdict((seed) => 2 + ((seed + 1) % 3) + (seed === 1 ? 1 : 0));
    const [, mean, low, high] = /less theirs: slow (-?[\d.]+) \((-?[\d.]+) to (-?[\d.]+)\)/.exec(found.join(' '))!.map(Number);
    const [, about] = /slow has the higher reward so far; .* about ([\d,]+) matches of each would tell/.exec(found.join(' '))!;
    const needed = Number(about!.replace(',', ''));
    // As many more matches as make the interval's half as narrow as the difference.
    expect(needed / 6).to.be.closeTo(((high! - low!) / 2 / mean!) ** 2, 0.2 * (needed / 6));
    expect(verdict((seed) => 2 + (seed % 3)).join(' ')).not.to.include('would tell');
  });

  it('says of the precisions of a size whether the faster one pays', () => {
    const said = (fast: (seed: number) => number): string => {
      const { details } = verdictOf({
        'm-fp8': { presses: (seed) => 2 + (seed % 3), latencyUs: 3 * TICK, quality: 0.7, group: 'm' },
        'm-fp4': { presses: fast, latencyUs: 2 * TICK, quality: 0.6, group: 'm' },
      });
      return details.find((each) => each.startsWith('m-fp4 less m-fp8: reward '))!;
    };
    expect(said((seed) => 5 + (seed % 3) + (seed % 2))).to.match(/ points: the faster precision pays\.$/);
    expect(said((seed) => (seed % 3 === 0 ? 1 : 0))).to.match(/reward -.* points: the faster precision costs more than it brings\.$/);
    expect(said((seed) => 2 + ((seed + 1) % 3))).to.match(/ points: whether the faster precision pays is not told\.$/);
  });

  it('holds every faster precision of a size against the slowest', () => {
    const { details } = verdictOf({
      'm-fp8': { presses: (seed) => 2 + (seed % 3), latencyUs: 3 * TICK, quality: 0.7, group: 'm' },
      'm-mixed': { presses: (seed) => 5 + (seed % 3) + (seed % 2), latencyUs: 2 * TICK, quality: 0.7, group: 'm' },
      'm-fp4': { presses: (seed) => (seed % 3 === 0 ? 1 : 0), latencyUs: TICK, quality: 0.6, group: 'm' },
    });
    expect(details.find((each) => each.includes('times as long'))).to.match(
      /^m-fp4 takes 0\.33( .*)?, m-mixed takes 0\.67( .*)? times as long as m-fp8/,
    );
    expect(details.find((each) => each.startsWith('m-fp4 less m-fp8'))).to.match(/: the faster precision costs more than it brings\.$/);
    expect(details.find((each) => each.startsWith('m-mixed less m-fp8'))).to.match(/: the faster precision pays\.$/);
  });

  it('lets a faster precision pay the less easily, the more of them are held against the slowest', () => {
    const slowest = { presses: () => 1, latencyUs: 4 * TICK, quality: 0.7, group: 'm' };
    const mixed = { ...slowest, presses: (seed: number) => 1 + (seed % 3) * 2 + (seed % 2), latencyUs: 2 * TICK };
    const said = (others: Played): string => verdictOf({ 'm-fp8': slowest, 'm-mixed': mixed, ...others }).details.find((each) => each.startsWith('m-mixed less m-fp8'))!; // prettier-ignore
    expect(said({})).to.match(/points: the faster precision pays\.$/);
    expect(said({ 'm-fp4': { ...slowest, latencyUs: TICK } })).to.match(
      /points, the intervals of this size together at 95 %: whether the faster precision pays is not told\.$/,
    );
  });

  it('says so when precisions of the larger size that answer alike earned more together, though none alone is told from the one to take', () => {
    const answers = (...other: number[]) => Array.from({ length: 40 }, (_, i) => (other.includes(i) ? 'b' : 'a'));
    const one = (seed: number): number => 2 + (seed % 3);
    /** Each alone wins on some seeds and loses on others; their mean wins on all. */
    const more = (shift: number) => (seed: number) => one(seed) + ((seed + shift) % 2 === 0 ? 4 : -1);
    const said = (mapAnswers: string[]) =>
      verdictOf({
        's-fp4': { presses: one, latencyUs: TICK, quality: 0.7, group: 's', answers: answers() },
        'm-fp4': { presses: one, latencyUs: 2 * TICK, quality: 0.7, group: 'm', answers: answers(1, 2, 3, 4, 5) },
        'm-map': { presses: more(0), latencyUs: 3 * TICK, quality: 0.7, group: 'm', answers: mapAnswers },
        'm-fp8': { presses: more(1), latencyUs: 4 * TICK, quality: 0.7, group: 'm', answers: answers() },
      });
    const { take, answer, details } = said(answers(9));
    expect(take).to.equal('s-fp4');
    expect(answer).to.match(
      / But m-map and m-fp8, which answer alike, together earned \d.* \(\d.* to \d.*\) points more than s-fp4; for reward take m-map\.$/,
    );
    expect(details.join(' ')).to.match(
      /m-map and m-fp8 less s-fp4, precisions that answer alike pooled: reward \d[^(]*\([^)]*\) points[,.]/,
    );
    // Who does not answer alike is not pooled.
    expect(said(answers(9, 10, 11, 12)).answer).not.to.include('But');
  });

  it('says in words when who is recommended is not told from earning nothing, or loses', () => {
    const played = {
      one: { presses: (seed: number) => 2 + (seed % 3), latencyUs: 2 * TICK, quality: 0.7 },
      other: { presses: (seed: number) => 2 + ((seed + 1) % 3), latencyUs: 3 * TICK, quality: 0.7 },
    };
    expect(verdictOf(played).sentence).not.to.match(/earning nothing|a loss/);
    expect(verdictOf(played, 3).answer).to.match(
      /^toy: take one: .*no other; that is not told from earning nothing, and no other one is when all are looked at together\.$/,
    );
    expect(verdictOf(played, 9).answer).to.match(/^toy: take one: .*no other; that is a loss beyond doubt\.$/);
  });

  it('says that it takes the fastest of those that are told from earning nothing, where a faster one is not', () => {
    const { answer, details } = verdictOf(
      {
        fast: { presses: (seed) => (seed % 2 === 0 ? 0 : 9), latencyUs: TICK, quality: 0.7 },
        sure: { presses: () => 5, latencyUs: 2 * TICK, quality: 0.7 },
      },
      2,
    );
    expect(answer).to.match(
      /^toy: take sure: it is the fastest of those that are told from earning nothing, with [^;]*, and .* tells it from no other\.$/,
    );
    expect(details.join(' ')).to.match(/What it earned less theirs.*fast/);
  });
});
