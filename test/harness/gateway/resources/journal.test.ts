/** What is not reclaimed yet, on disk: also after a line that was cut off, and after very many. */
import { expect } from 'chai';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal, type WorldRecord } from '../../../../harness/gateway/resources/journal.js';

describe('the journal of worlds', () => {
  let root: string;
  let path: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tickbench-journal-'));
    path = Journal.pathIn(root);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const record = (world: string): WorldRecord => ({ world, kind: 'k', program: 'p', folder: true, runs: true, graceMs: 1 });

  it('tells the next start what was begun and not reclaimed, with its process', async () => {
    const journal = Journal.create(path, []);
    const [one, two] = [`${journal.start}-1`, `${journal.start}-2`];
    await journal.begun(record(one));
    await journal.begun({ ...record(two), port: 5, release: { command: ['true'], withinMs: 5, env: [] } });
    journal.started(two, { pid: 7, born: '8', boot: 'b' });
    journal.reclaimed(one);
    journal.close();
    const left = Journal.read(path);
    expect(left.worlds).to.deep.equal([{ ...record(two), port: 5, release: { command: ['true'], withinMs: 5, env: [] }, process: { pid: 7, born: '8', boot: 'b' } }]); // prettier-ignore
    expect(left).to.deep.include({ starts: [journal.start], broken: [] });
    // What is still left then is told to the one after that.
    const next = Journal.create(path, left.worlds);
    next.close();
    expect(Journal.read(path).worlds.map(({ world }) => world)).to.deep.equal([two]);
    expect(Journal.read(path).starts).to.have.members([journal.start, next.start]);
  });

  it('takes a last line that was cut off for none, and says which others cannot be read', async () => {
    const journal = Journal.create(path, []);
    await journal.begun(record(`${journal.start}-1`));
    appendFileSync(path, 'no JSON\n{"begun":{"world":"../../etc"}}\n');
    await journal.begun(record(`${journal.start}-2`));
    journal.close();
    appendFileSync(path, '{"reclaimed":"');
    const { worlds, broken } = Journal.read(path);
    expect(worlds.map(({ world }) => world)).to.deep.equal([`${journal.start}-1`, `${journal.start}-2`]);
    expect(broken).to.deep.equal([3, 4]);
    expect(Journal.read(join(root, 'none'))).to.deep.equal({ worlds: [], starts: [], broken: [] });
  });

  it('is written anew now and then, so that it does not grow with worlds that are over', async () => {
    const journal = Journal.create(path, []);
    await journal.begun(record(`${journal.start}-1`));
    for (let i = 2; i < 10_000; i++) {
      await journal.begun(record(`${journal.start}-${i}`));
      journal.reclaimed(`${journal.start}-${i}`);
    }
    expect(journal.size).to.equal(1);
    journal.close();
    expect(statSync(path).size).to.be.below(1 << 20);
    expect(Journal.read(path).worlds.map(({ world }) => world)).to.deep.equal([`${journal.start}-1`]);
    expect(readFileSync(path, 'utf8').split('\n').length).to.be.below(9000);
  });
});
