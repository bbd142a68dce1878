import { expect } from 'chai';
import fc from 'fast-check';
import { figure, inCell, inLine, intervalText } from '../../../harness/report/figures.js';
import { fittedHelp, redraws, saidOnce, tableText, terminalColumns, wrapped } from '../../../harness/report/text.js';

const word = fc.stringMatching(/^[a-zA-Z0-9.%()]{1,12}$/);
const phrase = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '));
const cell = fc.array(phrase, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'));

const words = (text: string): string[] => text.split(/\s+/).filter((each) => each !== '' && !/^-+$/.test(each));

describe('text for a terminal', () => {
  it('is never wider than it, and loses no word', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 140 }),
        fc.integer({ min: 1, max: 9 }).chain((count) =>
          fc.record({
            head: fc.array(phrase, { minLength: count, maxLength: count }),
            rows: fc.array(fc.array(cell, { minLength: count, maxLength: count }), { minLength: 1, maxLength: 4 }),
            align: fc.array(fc.constantFrom('left' as const, 'right' as const), { minLength: count, maxLength: count }),
          }),
        ),
        (columns, { head, rows, align }) => {
          const text = tableText(head, rows, columns, align);
          for (const line of text.split('\n')) expect(line.length, line).to.be.at.most(columns);
          const shown = new Set(words(text));
          for (const each of [head, ...rows].flat().flatMap(words)) expect(shown.has(each), `${each} in\n${text}`).to.equal(true);
        },
      ),
      { numRuns: 60 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 100 }), fc.array(word, { maxLength: 60 }), (columns, text) => {
        const shown = wrapped(text.join(' '), columns);
        for (const line of shown.split('\n')) expect(line.length).to.be.at.most(columns);
        expect(words(shown)).to.deep.equal(words(text.join(' ')));
      }),
    );
  });

  it('is one table where it fits, and several with the first column where it does not', () => {
    const head = ['configuration', 'latency', 'quality'];
    const rows = [
      ['a', '1.00 ms', '0.5'],
      ['b', '12.0 ms', '0.75'],
    ];
    expect(tableText(head, rows, 60, ['left', 'right', 'right'])).to.equal(
      [
        'configuration  latency  quality',
        '-------------  -------  -------',
        'a              1.00 ms      0.5',
        'b              12.0 ms     0.75',
      ].join('\n'),
    );
    const many = Array.from({ length: 6 }, (_, i) => `a rather long head ${i}`);
    const parts = tableText(['name', ...many], [['first', ...many.map(() => 'x')]], 50).split('\n\n');
    expect(parts.length).to.equal(3);
    for (const part of parts) expect(part).to.match(/^name {3}a rather long head \d/);
  });

  it('keeps lines that fit as they are, and the indent of those that do not', () => {
    expect(wrapped('  a table  of\nits own', 40)).to.equal('  a table  of\nits own');
    expect(wrapped(`  fills ${'word '.repeat(12)}`, 40)).to.match(/^ {2}fills word.*\n {2}word/);
    expect(wrapped(`  fills   ${'word '.repeat(12)}`, 40)).to.match(/^ {2}fills {3}word.*\n {10}word/);
  });

  it('says once what is said of every observation', () => {
    expect(saidOnce(['a: seq 1 reject: gone', 'a: seq 2 reject: gone', 'b: seq 3 reject: gone', 'a: seq 9 reject: gone'])).to.deep.equal([
      'a: seq 1 reject: gone (and 2 more times)',
      'b: seq 3 reject: gone',
    ]);
  });

  it('is as wide as the terminal says, else as COLUMNS says, else 80 columns', () => {
    expect(terminalColumns({ columns: 132 }, {})).to.equal(132);
    expect(terminalColumns({}, { COLUMNS: '100' })).to.equal(100);
    expect(terminalColumns({}, {})).to.equal(80);
    expect(terminalColumns({ columns: 0 }, { COLUMNS: 'x' })).to.equal(80);
    expect(terminalColumns({ columns: 7 }, {})).to.equal(40);
  });

  it('draws over a line only on a terminal that can', () => {
    expect(redraws({ isTTY: true }, { TERM: 'xterm' })).to.equal(true);
    expect(redraws({ isTTY: true }, { TERM: 'dumb' })).to.equal(false);
    expect(redraws({}, { TERM: 'xterm' })).to.equal(false);
  });

  it('fits help to a terminal of any width, and leaves examples whole', () => {
    const example = '  $ tickbench run hft --seat bot:expert@100ms,feed=2ms,entry=1ms~3ms --clock virtual';
    const help = `  --seat <agent>          who plays, once for each seat: bot:NAME, model:FILE.yaml or stranger[:NAME]\n\nExample:\n${example}`;
    for (const columns of [40, 80, 200]) {
      const lines = fittedHelp(help, { isTTY: true, columns }).split('\n');
      expect(lines.pop()).to.equal(example);
      for (const line of lines) expect(line.length, line).to.be.at.most(columns);
      expect(words(lines.join(' '))).to.have.members(words(help.replace(example, '')));
    }
    expect(fittedHelp(help, {})).to.equal(help);
  });
});

describe('figures for people', () => {
  it('have the decimals their size deserves, and say what was not measured', () => {
    expect([1234.5, 12.34, 1.234, 0.01234, 0.001234, -0.00001, 0].map(figure)).to.deep.equal([
      '1235', '12.3', '1.23', '0.012', '0.0012', '0.0000', '0.00',
    ]); // prettier-ignore
    expect(inLine({ value: null, low: null, high: null, n: 0 })).to.equal('-');
    expect(inLine({ value: 2, low: null, high: null, n: 1 })).to.equal('2.00');
    expect(inLine({ value: 2, low: 1, high: 3, n: 6 }, 10, ' ms')).to.equal('20.0 ms (10.0 to 30.0)');
    expect(inCell({ value: 2, low: 1, high: null, n: 6, atLeast: true })).to.equal('>= 2.00\n1.00 to ... (6)');
    expect(intervalText({ value: 2, low: null, high: 3, n: 2 })).to.equal('? to 3.00');
  });
});
