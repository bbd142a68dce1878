/**
 * The observation as compact text: short names, a fixed order, fixed widths (frames two digits, pixels three), so that a model
 * of a million parameters finds each number at its place and a large one can read it without a manual.
 */
import { NONE, writePlan } from './grammar.js';
import type { FighterState, State } from './state.js';

/** Numbers in fixed width, made once: this runs for every seat and frame. */
const table = (digits: number, size: number): readonly string[] => Array.from({ length: size }, (_, n) => String(n).padStart(digits, '0'));
const TWO = table(2, 100);
const THREE = table(3, 1000);
const frames = (n: number): string => TWO[Math.min(n, 99)]!;
const pixels = (n: number): string => THREE[Math.min(n, 999)]!;
const four = (n: number): string => String(Math.min(n, 9999)).padStart(4, '0');

function fighterText(name: string, f: FighterState): string {
  const ball = f.ball ? `${pixels(f.ball.distance)} in ${frames(f.ball.arrives)}` : NONE;
  return (
    `${name} ${f.doing} start ${frames(f.startup)} act ${frames(f.active)} rec ${frames(f.recovery)} busy ${frames(f.busy)} ` +
    `stun ${frames(f.stun)} down ${frames(f.down)} land ${frames(f.land)} high ${pixels(f.height)} guard ${f.guard} ` +
    `wall ${pixels(f.wall)} hp ${four(f.health)} wins ${f.wins} ball ${ball}`
  );
}

/** The text of a state. Everything the expert bot decides by is in it. */
export function text(s: State): string {
  const plan = s.plan.length === 0 ? NONE : writePlan(s.plan);
  return [
    `time ${four(s.timer)} round ${s.round} of ${s.rounds} pause ${frames(s.pause)} side ${s.left ? 'left' : 'right'} facing ${s.facing ? 'yes' : 'no'} dist ${pixels(s.distance)}`,
    fighterText('me', s.me),
    fighterText('op', s.op),
    `plan ${plan} left ${frames(s.planLeft)} standing ${s.standing}`,
  ].join('\n');
}
