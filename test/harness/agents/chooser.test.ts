/** Choosing whom to ask: by what the seat sees now and has seen before, and by nothing else. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { AnyTask, Glance } from '../../../envs/environment.js';
import { Chooser, type Seen } from '../../../harness/agents/chooser.js';
import { CreditBook } from '../../../harness/agents/credit.js';
import type { AdaptiveConfiguration } from '../../../harness/configuration/agent.js';

interface Place {
  place: number;
  lap: number;
}

/** Two situations; gains are places gone, and laps are not compared. */
const glance: Glance<Place> = {
  version: 1,
  situations: ['even', 'odd'],
  situation: ({ place }) => (place % 2 === 0 ? 'even' : 'odd'),
  gain: (before, after) => (before.lap === after.lap ? after.place - before.place : undefined),
  unit: 'places',
  creditUs: 1000,
};
const track = { name: 'track', glance } as unknown as AnyTask;
const blank = { name: 'blank' } as unknown as AnyTask;

const members = ['small', 'large'].map((role) => ({ role, agent: {} })) as unknown as AdaptiveConfiguration['members'];
const adaptive = (how: Partial<AdaptiveConfiguration>): AdaptiveConfiguration => ({ name: 'both', team: 'adaptive', members, ...how });
const learning = { discount: 0.9, explore: 1 };

const walk: fc.Arbitrary<Seen[]> = fc
  .array(fc.record({ step: fc.integer({ min: 1, max: 900 }), place: fc.integer({ min: -50, max: 50 }), isNewLap: fc.boolean() }), {
    maxLength: 60,
  })
  .map((steps) => {
    let [at, lap] = [0, 0];
    return steps.map(({ step, place, isNewLap }, i) => {
      at += step;
      if (isNewLap && i % 10 === 9) lap++;
      return { seq: i + 1, at, state: { place, lap } };
    });
  });

describe('the credit of decisions', () => {
  it('comes once for each, with the first look that is late enough, and only where the two can be compared', () => {
    fc.assert(
      fc.property(walk, fc.integer({ min: 1, max: 3000 }), (looks, creditUs) => {
        const book = new CreditBook<number>(glance as Glance<unknown>, creditUs);
        const credits = looks.flatMap(({ seq, at, state }) => {
          const settled = book.seen(at, state);
          book.decided(seq, at, state, seq * 7);
          return settled;
        });
        const right = looks.flatMap(({ seq, at, state }) => {
          const later = looks.find((look) => look.seq > seq && look.at >= at + creditUs);
          const gain = later && glance.gain(state as Place, later.state as Place);
          return gain === undefined ? [] : [{ seq, gain, overUs: later!.at - at, note: seq * 7 }];
        });
        expect([...credits].sort((a, b) => a.seq - b.seq)).to.deep.equal(right);
      }),
    );
  });

  it('does not come for a decision whose call failed', () => {
    const book = new CreditBook<null>(glance as Glance<unknown>, 10);
    book.decided(1, 0, { place: 0, lap: 0 }, null);
    book.decided(2, 5, { place: 1, lap: 0 }, null);
    book.forget(1);
    expect(book.seen(100, { place: 4, lap: 0 }).map(({ seq, gain }) => [seq, gain])).to.deep.equal([[2, 3]]);
  });
});

describe('choosing an arm', () => {
  it('by a rule asks whom the rule names for the situation, and tells what it brought all the same', () => {
    const chooser = new Chooser(adaptive({ rules: { track: { even: 'large', otherwise: 'small' } } }), track, 1);
    const told = [0, 3, 4].map((place, i) => chooser.choose({ seq: i + 1, at: i * 1000, state: { place, lap: 0 } }));
    expect(told.map(({ choice }) => choice)).to.deep.equal([
      { arm: 'large', situation: 'even' },
      { arm: 'small', situation: 'odd' },
      { arm: 'large', situation: 'even' },
    ]);
    expect(told.map(({ earned }) => earned)).to.deep.equal([[], [{ seq: 1, gain: 3, overUs: 1000 }], [{ seq: 2, gain: 1, overUs: 1000 }]]);
  });

  it('by learning depends on the looks so far and the seed alone: as they come over a wire, again and again the same', () => {
    fc.assert(
      fc.property(walk, fc.nat(), (looks, seed) => {
        const choices = (seen: readonly Seen[]): unknown[] => {
          const chooser = new Chooser(adaptive({ learning }), track, seed);
          return seen.map((look) => chooser.choose(look));
        };
        const whole = choices(looks);
        expect(choices(JSON.parse(JSON.stringify(looks)) as Seen[])).to.deep.equal(whole);
        // What comes later changes nothing of what was chosen before.
        const half = Math.floor(looks.length / 2);
        expect(choices(looks.slice(0, half))).to.deep.equal(whole.slice(0, half));
      }),
    );
  });

  it('learns: where one arm always gains and the other always loses, it asks the one that gains', () => {
    const chooser = new Chooser(adaptive({ learning }), track, 4);
    let place = 0;
    const asked: string[] = [];
    for (let seq = 1; seq <= 200; seq++) {
      const { choice } = chooser.choose({ seq, at: seq * 2000, state: { place, lap: 0 } });
      asked.push(choice.arm);
      place += choice.arm === 'large' ? 2 : -2;
    }
    expect(asked.slice(50).filter((arm) => arm === 'large').length).to.be.greaterThan(120);
  });

  it('needs situations to learn in, and a rule for the task; a rule for everything does without situations', () => {
    expect(() => new Chooser(adaptive({ learning }), blank, 1)).to.throw(
      'both: blank tells no situations apart to learn in; accepted: a rule',
    );
    expect(() => new Chooser(adaptive({ rules: { track: { otherwise: 'small' } } }), blank, 1)).to.throw(
      'both: no rule for blank; its file has rules for track',
    );
    const chooser = new Chooser(adaptive({ rules: { blank: { otherwise: 'small' } } }), blank, 1);
    expect(chooser.choose({ seq: 1, at: 0, state: {} })).to.deep.equal({ choice: { arm: 'small', situation: 'any' }, earned: [] });
  });
});
