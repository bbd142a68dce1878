/**
 * The observation as compact text: short names, a fixed order, fixed widths (frames two digits, pixels three), so that a model
 * of a million parameters finds each number at its place and a large one can read it without a manual.
 */
import { NONE, writePlan } from './grammar.js';
import type { FighterState, State } from './state.js';

/** Numbers in fixed width, made once: this runs for every seat and frame. A larger number than the table holds is shown as its last. */
const table = (digits: number, size: number): readonly string[] => Array.from({ length: size }, (_, n) => String(n).padStart(digits, '0'));
const ONE = table(1, 10);
const TWO = table(2, 100);
const THREE = table(3, 1000);
const FOUR = table(4, 10_000);
const one = (n: number): string => ONE[Math.min(n, 9)]!;
const two = (n: number): string => TWO[Math.min(n, 99)]!;
const three = (n: number): string => THREE[Math.min(n, 999)]!;
const four = (n: number): string => FOUR[Math.min(n, 9999)]!;

function fighterText(name: string, f: FighterState): string {
  const ball = f.ball ? `${three(f.ball.distance)} in ${two(f.ball.arrives)}` : NONE;
  return (
    `${name} ${f.character} ${f.doing} start ${two(f.startup)} act ${two(f.active)} rec ${two(f.recovery)} busy ${two(f.busy)} ` +
    `stun ${two(f.stun)} down ${two(f.down)} stop ${two(f.stop)} land ${two(f.land)} high ${three(f.height)} guard ${f.guard} ` +
    `wall ${three(f.wall)} hp ${four(f.health)} wins ${one(f.wins)} meter ${three(f.meter)} combo ${one(f.combo)} ball ${ball}`
  );
}

/** The text of a state. Everything the expert bot decides by is in it. */
export function text(s: State): string {
  const plan = s.plan.length === 0 ? NONE : writePlan(s.plan);
  return (
    `time ${four(s.timer)} round ${one(s.round)} of ${one(s.rounds)} pause ${two(s.pause)} side ${s.left ? 'left' : 'right'} ` +
    `facing ${s.facing ? 'yes' : 'no'} dist ${three(s.distance)} late ${two(s.late)}\n` +
    `${fighterText('me', s.me)}\n${fighterText('op', s.op)}\n` +
    `plan ${plan} left ${two(s.planLeft)} standing ${s.standing}`
  );
}
