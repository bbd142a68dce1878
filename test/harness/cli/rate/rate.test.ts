/** `tickbench rate`: what is read, what is refused and how, and the form of its JSON. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWinMatrix } from '../../../../harness/cli/rate/matrix-file.js';
import { tickbench } from '../../sweep/tickbench.js';

describe('win matrices', () => {
  it('are read by rows, whatever ends their lines', () => {
    const { names, tallies } = parseWinMatrix('\uFEFF"",a,"b, the second"\r\na,-,3\r\n"b, the second",1,-\r\n', 'x.csv');
    expect(names).to.deep.equal(['a', 'b, the second']);
    expect(tallies).to.deep.equal([{ first: 0, second: 1, won: 3, drawn: 0, lost: 1 }]);
  });

  it('are refused with row, column and value', () => {
    const bad: [string, string][] = [
      [',a,b\na,-,x\nb,1,-', 'row 2 ("a"), column 3 ("b"): "x"'],
      [',a,b\na,-,-3\nb,1,-', 'row 2 ("a"), column 3 ("b"): "-3"'],
      [',a,b\na,-,1.5\nb,1,-', 'row 2 ("a"), column 3 ("b"): "1.5"'],
      [',a,b\na,-,1e3\nb,1,-', '"1e3"'],
      [',a,b\na,-,\nb,1,-', 'column 3 ("b"): ""'],
      [',a,b\na,0,1\nb,1,-', 'row 2 ("a"), column 2 ("a"): "0"; accepted on the diagonal: -'],
      [',a,b\na,-,1\nc,1,-', 'row 3, column 1: "c"; accepted: "b"'],
      [',a,a\na,-,1\na,1,-', 'row 1, column 3: "a" is the name of column 2'],
      [',a,\na,-,1\n,1,-', 'row 1, column 3: ""; a name'],
      [',a,b\na,-,1', '1 rows below the first, which has 2 names'],
      [',a,b\na,-\nb,1,-', 'row 2 ("a") has 1 cells'],
      [',a,b\na,-,0\nb,0,-', 'nobody has beaten anybody'],
      [',a,b\u001b[31m\na,-,1\nb,0,-', '"b\\u001b[31m"; a name without control characters'],
      ['', 'row 1 has 0 names'],
      [',a\na,-', 'row 1 has 1 names'],
    ];
    for (const [text, told] of bad) expect(() => parseWinMatrix(text, 'x.csv'), text).to.throw(told);
  });
});

describe('tickbench rate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-rate-'));
  after(() => rmSync(folder, { recursive: true }));

  it('prints components as a table that fits and as JSON', async () => {
    writeFileSync(join(folder, 'wins.csv'), ',a,b,c,d,e\na,-,30,0,5,0\nb,10,-,0,0,0\nc,0,0,-,25,0\nd,0,0,15,-,0\ne,0,0,0,0,-\n');
    const { out, code } = await tickbench(['rate', 'wins.csv', '--json'], folder);
    expect(code).to.equal(0);
    const { components } = JSON.parse(out) as { components: { names: string[]; players: Record<string, unknown>[] }[] };
    expect(components.map(({ names }) => names)).to.deep.equal([['a', 'b'], ['c', 'd'], ['e']]); // prettier-ignore
    expect(components[0]!.players[0]).to.include({ name: 'a', rank: 1 });
    expect(components[0]!.players[0]!['strength']).to.be.closeTo(Math.log(3) / 2, 1e-9);
    expect(components[2]!.players[0]).to.include({ name: 'e', strength: 0, low: null, high: null, rank: 1 });
    const shown = (await tickbench(['rate', 'wins.csv'], folder)).out;
    expect(shown).to.include('Component 1 of 2').and.to.include('5 games between components');
    for (const line of shown.split('\n')) expect(line.length).to.be.at.most(80);
    const ridged = (await tickbench(['rate', 'wins.csv', '--ridge', '1'], folder)).out.replace(/\s+/g, ' ');
    expect(ridged).to.include('WITH A RIDGE of 1').and.to.include('strength (ridge)');
  });

  it('refuses in one sentence', async () => {
    expect(await tickbench(['rate', 'none.csv'], folder)).to.include({
      code: 1,
      err: 'tickbench: none.csv: no such file; a win matrix, .csv, is expected\n',
    });
    expect((await tickbench(['rate'], folder)).err).to.include('either a win matrix or --traces');
    for (const ridge of ['1e-300', '1e300'])
      expect((await tickbench(['rate', 'wins.csv', '--ridge', ridge], folder)).err, ridge).to.include('a number from 0.000001 to 1000 is');
  });

  it('fails where nobody can be compared with anybody', async () => {
    writeFileSync(join(folder, 'oneway.csv'), ',a,b\na,-,3\nb,0,-\n');
    const { code, out } = await tickbench(['rate', 'oneway.csv'], folder);
    expect(code).to.equal(1);
    expect(out).to.include('Not comparable with anybody').and.not.include('strength  ');
  });
});
