/** The README's tables of moves and characters, made from the data. */
import { contactDistance } from '../../../envs/fighter/actions.js';
import { CHARACTERS, type Character } from '../../../envs/fighter/characters.js';
import { MOVES, totalFrames, travelOf, type Move } from '../../../envs/fighter/moves.js';

const signed = (n: number): string => (n > 0 ? `+${n}` : `${n}`);
const row = (cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** What a move has beside its numbers. */
function more(m: Move): string {
  const parts: string[] = [];
  if (m.cancels) parts.push('cancels');
  if (m.special) parts.push('special');
  if (m.cost !== undefined) parts.push(`costs ${m.cost}`);
  if (m.armour !== undefined) parts.push(`armour ${m.armour}`);
  if (m.invincible !== undefined) parts.push(`invincible 1-${m.invincible}`);
  if (m.crouching) parts.push('crouching');
  if (m.travel) parts.push(`travels ${travelOf(m)} px on ${m.travel.from}-${m.travel.to}`);
  if (m.jump) parts.push(`${m.jump} px a frame in the air`);
  return parts.join(', ') || '-';
}

function moveRow(m: Move): string {
  const harmless = m.level === 'none';
  const byTable = !harmless && m.level !== 'throw' && !m.projectile && m.jump === undefined;
  return row([
    `\`${m.name}\``,
    m.startup || '-',
    m.active || '-',
    m.recovery,
    totalFrames(m),
    harmless ? '-' : m.level,
    harmless ? '-' : m.chip > 0 ? `${m.damage} / ${m.chip}` : m.damage,
    byTable ? `${m.knockdown ? 'down' : signed(m.onHit)} / ${signed(m.onBlock)}` : '-',
    m.reach > 0 ? contactDistance(m) - 1 : '-',
    harmless ? '-' : m.stop,
    harmless ? '-' : m.meter,
    more(m),
  ]);
}

/** A character's numbers that are not the first's, move by move. */
function differences(c: Character): string {
  const columns: [string, (m: Move) => string | number][] = [
    ['startup', (m) => m.startup],
    ['active', (m) => m.active],
    ['damage', (m) => m.damage],
    ['touches to', (m) => contactDistance(m) - 1],
    ['all', totalFrames],
    ['', more],
  ];
  return c.moves
    .map((m, i) => {
      const changed = columns.filter(([, of]) => of(m) !== of(MOVES[i]!)).filter(([name]) => name !== 'touches to' || m.reach > 0);
      return changed.length > 0 ? `\`${m.name}\` ${changed.map(([name, of]) => `${name} ${of(m)}`.trim()).join(', ')}` : '';
    })
    .filter((text) => text !== '')
    .join('; ');
}

/** The table of the first character's moves. */
export const moveTable: string[] = [
  row(['move', 'startup', 'active', 'recovery', 'all', 'level', 'damage / chip', 'hit / block', 'touches to', 'stop', 'meter', 'and']),
  row(Array<string>(12).fill('---')),
  ...MOVES.map(moveRow),
];

/** The table of characters, and what is different in the moves of each but the first. */
export const characterTable: string[] = [
  row(['character', 'what', 'walks forwards / back', 'health', 'in the air', 'projectile', 'moves that differ']),
  row(Array<string>(7).fill('---')),
  ...CHARACTERS.map((c) =>
    row([
      `\`${c.name}\``,
      c.about,
      `${c.walkForward} / ${c.walkBack} px a frame`,
      `${c.healthPermille / 10} %`,
      `${c.air} frames`,
      `${c.ballSpeed} px a frame`,
      differences(c) || '-',
    ]),
  ),
];
