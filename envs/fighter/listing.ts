/** What a prompt lists for `{{actions}}`: every action of the table, then every character, one line each. No advice, only what they are. */
import { ACTIONS, HALF, HELD, HELD_COUNT } from './actions.js';
import { CHARACTERS, type Character } from './characters.js';
import { MOVES, totalFrames, travelOf, type Move } from './moves.js';

/** Largest distance between centres at which a move touches a standing body. */
const reachOf = (move: Move): number => move.reach + HALF + travelOf(move) - 1;

/** The actions, one line each, with the frames a planner needs; a blank line; the characters, one line each. */
export function actionsText(): string {
  const held = HELD.map(([name, about]) => `${name} N: ${about}`);
  const words = ['keep: go on with what is left of your plan (alone, no other action)', 'none: drop it, only the standing order'];
  return [...held, ...MOVES.map(moveText), ...words, '', ...CHARACTERS.map(characterText)].join('\n');
}

function moveText(m: Move): string {
  const parts = [m.about];
  if (m.level === 'none') parts.push(`${totalFrames(m)} frames`);
  else {
    parts.push(m.level, `hits on frame ${m.startup}`, `${totalFrames(m)} frames`);
    if (m.reach > 0) parts.push(`reaches distance ${reachOf(m)}`);
    parts.push(`damage ${m.damage}`);
  }
  if (m.invincible !== undefined) parts.push(`can not be hit on frames 1 to ${m.invincible}`);
  if (m.cancels) parts.push('cancels');
  if (m.special) parts.push('special');
  return `${m.name}: ${parts.join(', ')}`;
}

/** A character: the first as listed above, the others by what is different. Damage differs too, by the words of its `about`. */
function characterText(c: Character, place: number): string {
  if (place === 0) return `${c.name}: ${c.about}, as listed above`;
  const startups = differing(c, (m) => m.startup, (m) => `${m.name} ${m.startup}`); // prettier-ignore
  const reaches = differing(c, (m) => m.reach + travelOf(m), (m) => `${m.name} ${reachOf(m)}`); // prettier-ignore
  return [
    `${c.name}: ${c.about}`,
    `walks ${c.walkForward} px a frame forwards, ${c.walkBack} back`,
    `${c.healthPermille / 10} % health`,
    `${c.air} frames in the air`,
    `fireball ${c.ballSpeed} px a frame`,
    `hits on frame: ${startups}`,
    `reaches distance: ${reaches}`,
  ].join('; ');
}

/** The moves of a character in which a number is not the first character's. */
function differing(c: Character, number: (m: Move) => number, said: (m: Move) => string): string {
  return c.moves.filter((m, i) => m.reach > 0 && number(m) !== number(ACTIONS[HELD_COUNT + i]!.move!)).map(said).join(', '); // prettier-ignore
}
