/** The reactability matrix as Markdown: the ladder first, then every threat with its answers. */
import { LONGEST_DELAY, type Matrix, type Row, type Span } from './matrix.js';
import { goalOf, ladderOf, latestOf, RUNGS_MS, type Rung } from './matrix-ladder.js';

const threatName = ({ move, from }: Row): string => `\`${move}\` ${from}`;

const spanText = ({ first, last }: Span): string => (first === last ? String(first) : `${first}-${last}`);

const STANDING_TITLES: Record<string, string> = { wait: 'in the open (`wait`)', guard_low: 'guarding low (`guard_low`)' };

const standingTitle = (standing: string): string => STANDING_TITLES[standing] ?? `standing order \`${standing}\``;

/** All of it. `who` says who fights whom. */
export function matrixText(matrices: readonly Matrix[], who: string): string {
  return [
    '# What can be answered, and how late',
    '',
    `Every threat, every single answer of the action table, at 0 to ${LONGEST_DELAY} frames of delay, each of them played in the engine: ${who}, both with`,
    "a full meter, in the middle of the stage. Delay is total latency: 0 is an answer that lands with the observation of the threat's first visible frame.",
    'Until it lands the fighter does its standing order; a held action that is answered becomes the standing order. The one who threatens',
    'guards low as soon as it is free; then the exchange is over.',
    '',
    'An answer keeps a fighter **safe** if it takes no damage, chip apart, or deals more than it takes. Where the standing order alone is safe,',
    'or the blow misses anyway, the question is which answer **strikes back**: deals more than is taken. `near` is close by, `tip` just in reach, `whiff` just',
    'out of it, a number the distance of a projectile in pixels. What is not listed works at no delay.',
    '',
    'Printed by `tickbench fighter matrix`; a test holds this file equal to it.',
    '',
    '## The ladder',
    '',
    'What a reaction time can no longer answer that the one before it could, and how much it still can.',
    '',
    ...ladderTable(matrices),
    ...matrices.flatMap((matrix) => ['', `## ${capital(standingTitle(matrix.standing))}`, '', ...threatTable(matrix)]),
    '',
  ].join('\n');
}

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

function ladderTable(matrices: readonly Matrix[]): string[] {
  const ladders = matrices.map(ladderOf);
  const lost = (rung: Rung): string => (rung.lost.length === 0 ? '-' : rung.lost.map(threatName).join(', '));
  const of = (matrix: Matrix): number => matrix.rows.filter((row) => latestOf(row) !== null).length;
  return [
    `| delay | frames | ${matrices.map((m) => `lost ${standingTitle(m.standing)} | left of ${of(m)}`).join(' | ')} |`,
    `| --- | --- | ${matrices.map(() => '--- | ---').join(' | ')} |`,
    ...RUNGS_MS.map((ms, i) => {
      const rungs = ladders.map((ladder) => ladder[i]!);
      return `| ${ms} ms | ${rungs[0]!.frames} | ${rungs.map((rung) => `${lost(rung)} | ${rung.left.length}`).join(' | ')} |`;
    }),
  ];
}

function threatTable({ rows }: Matrix): string[] {
  return [
    '| threat | px | asked | latest | answers and their delays |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => {
      const goal = goalOf(row);
      const working = Object.entries(row.answers).filter(([, cell]) => cell[goal].length > 0);
      const listed = working.map(([name, cell]) => `\`${name}\` ${cell[goal].map(spanText).join(' ')}`).join(', ');
      const latest = latestOf(row);
      return `| ${threatName(row)} | ${row.distance} | ${goal === 'safe' ? 'be safe' : 'strike back'} | ${latest ?? '-'} | ${listed || '-'} |`;
    }),
  ];
}
