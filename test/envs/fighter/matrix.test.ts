/** The rungs of the latency ladder, from the matrix that the engine itself gives. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIONS, actionNamed, moveOf } from '../../../envs/fighter/actions.js';
import { CHARACTER_NAMES } from '../../../envs/fighter/characters.js';
import { LONGEST_DELAY, reactability, type Matrix, type Row } from '../../../envs/fighter/matrix.js';
import { goalOf, ladderOf, latestOf } from '../../../envs/fighter/matrix-ladder.js';
import { matrixText } from '../../../envs/fighter/matrix-text.js';
import { fighter } from '../../../envs/fighter/task.js';
import { MATRIX_STANDING, opponents } from '../../../harness/cli/fighter/matrix.js';
import { packageRoot } from '../../../harness/host/root.js';

describe('fighter: the reactability matrix', () => {
  let low: Matrix;
  let open: Matrix;
  before(() => {
    const options = fighter.parseOptions({});
    [low, open] = MATRIX_STANDING.map((standing) => reactability(options, standing)) as [Matrix, Matrix];
  });

  const row = (matrix: Matrix, move: string, from: string): Row => {
    const found = matrix.rows.find((each) => each.move === move && each.from === from);
    expect(found, `${move} ${from}`).to.exist;
    return found!;
  };
  const startup = (move: string): number => moveOf(actionNamed(move)!.id).startup;

  it('has every blow of the table and every action as an answer', () => {
    const blows = ACTIONS.filter((a) => a.move && a.move.level !== 'none').map((a) => a.name);
    for (const { rows } of [low, open]) {
      expect([...new Set(rows.map((each) => each.move))]).deep.equal(blows);
      for (const { answers } of rows) expect(Object.keys(answers)).deep.equal(ACTIONS.map((a) => a.name));
    }
  });

  it('the published table is what the engine gives', () => {
    const published = readFileSync(join(packageRoot(), 'envs/fighter/MATRIX.md'), 'utf8');
    // Compared as lines, so that a difference is told in one.
    const lines = matrixText([low, open], opponents('ash')).split('\n');
    const wrong = published.split('\n').findIndex((line, i) => line !== lines[i]);
    expect(wrong, `print it anew: tickbench fighter matrix > envs/fighter/MATRIX.md; line ${wrong + 1} is now ${lines[wrong]}`).equal(-1);
    expect(published.split('\n').length).equal(lines.length);
  });

  it('a blow is guarded by an answer that lands up to two frames before it hits, and by none later', () => {
    for (const each of open.rows) {
      const move = moveOf(actionNamed(each.move)!.id);
      if (each.whiff || each.held || move.jump !== undefined || move.projectile || move.level === 'throw') continue;
      const guard = move.level === 'high' ? 'guard_high' : 'guard_low';
      expect(each.answers[guard]!.safe, `${each.move} ${each.from}`).deep.equal([{ first: 0, last: startup(each.move) - 2 }]);
    }
  });

  it('each step of the ladder from 50 to 1000 ms loses something, and none loses everything', () => {
    for (const matrix of [low, open])
      for (const { ms, lost, left } of ladderOf(matrix)) {
        if (ms > 50) expect(lost, `lost at ${ms} ms, ${matrix.standing}`).not.empty;
        expect(left, `left at ${ms} ms, ${matrix.standing}`).not.empty;
      }
  });

  it('in the open each step loses a blow that then lands, not only a chance to strike back', () => {
    for (const { ms, lost } of ladderOf(open)) if (ms > 50) expect(lost.map(goalOf), `lost at ${ms} ms`).include('safe');
  });

  for (const character of CHARACTER_NAMES.slice(1))
    it(`${character}: each step loses something too, and none everything`, () => {
      const options = fighter.parseOptions({ fighters: [character, character] });
      for (const { ms, lost, left } of ladderOf(reactability(options, 'wait'))) {
        if (ms > 50) expect(lost, `lost at ${ms} ms`).not.empty;
        expect(left, `left at ${ms} ms`).not.empty;
      }
    });

  it('at 50 ms everything that can be answered at all is still kept safe from', () => {
    for (const each of open.rows) if (goalOf(each) === 'safe') expect(latestOf(each), `${each.move} ${each.from}`).least(3);
  });

  it('guarding low by itself holds all but high blows and throws', () => {
    for (const each of low.rows) {
      const { level } = moveOf(actionNamed(each.move)!.id);
      if (!each.whiff && level !== 'high' && level !== 'throw') expect(each.held, `${each.move} ${each.from}`).true;
    }
    expect(row(low, 'overhead', 'tip').held).false;
    expect(row(low, 'throw', 'tip').held).false;
  });

  it('known answers: a projectile from afar is guarded a second late, a blocked uppercut struck back at half a second', () => {
    expect(row(open, 'fireball', '520').answers.guard_low!.safe.at(-1)!.last).equal(LONGEST_DELAY);
    expect(row(low, 'uppercut', 'near').latest.gain).least(30);
    expect(row(low, 'uppercut', 'near').answers.jab!.safe.length).above(0);
    expect(row(low, 'overhead', 'near').answers.guard_low!.safe).empty;
  });
});
