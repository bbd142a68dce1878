/** `tickbench compare` as a user types it: what is no comparison, and what was not alike. */
import { expect } from 'chai';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { altered, recorded } from '../../evidence/recorded.js';
import { tickbench } from '../../sweep/tickbench.js';

describe('tickbench compare', function () {
  this.timeout(60_000);
  const root = mkdtempSync(join(tmpdir(), 'tickbench-compare-'));
  const at = (...parts: string[]): string => join(root, ...parts);

  /** A sweep's list of a folder's traces: seat 0 of each is the model m. */
  const list = (folder: string): void => {
    const cells = readdirSync(at(folder, 'traces')).map((file) => {
      const seed = Number(/\d+/.exec(file)![0]);
      return { id: `match-${seed}`, task: 'hft', configuration: 'm', identity: 'x', kind: 'embedded', purpose: 'measure', seed, seat: 0, trace: `traces/${file}` }; // prettier-ignore
    });
    writeFileSync(at(folder, 'cells.json'), JSON.stringify({ tickbench: 'cells.v1', cells }));
  };
  /** Makes a folder of one played before: its seat a model's, its host another. */
  const made = (folder: string, seeds: readonly number[], host: string, startedAt: string): void => {
    for (const seed of seeds)
      altered(at('played', `${seed}.jsonl.gz`), at(folder, 'traces', `${seed}.jsonl`), ({ header, events }) => {
        // The bot's given latency, as if it had been measured.
        for (const event of (events ?? []) as { realUs?: number; latencyUs: number }[])
          if (event.realUs !== undefined) event.realUs = event.latencyUs;
        if (!header) return;
        const [seat] = header['seats'] as Record<string, unknown>[];
        Object.assign(seat!, { name: 'm', kind: 'model', configuration: {} });
        delete seat!['givenUs'];
        Object.assign(header, { host: { cpu: host, cores: 2, freeMemoryMb: seed }, startedAt });
      });
    list(folder);
  };

  before(async () => {
    await recorded([1, 2, 3, 4, 5].map((seed) => ({ path: at('played', `${seed}.jsonl.gz`), task: 'hft', seed, seats: [{ bot: 'reader' }], id: `match-${seed}` }))); // prettier-ignore
    await recorded([6, 7].map((seed) => ({ path: at('played', `${seed}.jsonl.gz`), task: 'hft', seed, seats: [{ bot: 'reader' }], id: `match-${seed}`, timeoutUs: 3_000_000 }))); // prettier-ignore
    made('mixed', [6, 7, 1, 2, 3], 'fast', '2026-11-04T00:00:00.000Z');
    made('mixed again', [6, 7, 1, 2, 3], 'fast', '2026-11-05T00:00:00.000Z');
    made('here', [1, 2, 3], 'fast', '2026-11-01T00:00:00.000Z');
    made('there', [1, 2, 3], 'slow', '2026-11-02T00:00:00.000Z');
    made('later', [4, 5], 'fast', '2026-11-03T00:00:00.000Z');
    cpSync(at('here'), at('copy'), { recursive: true });
    symlinkSync(at('here'), at('link'));
    mkdirSync(at('empty'));
  });
  after(() => rmSync(root, { recursive: true }));

  const said = async (...args: string[]) => {
    const { code, out, err } = await tickbench(['compare', ...args], root);
    return { code, err, out: out.replace(/\s+/g, ' '), widest: Math.max(...out.split('\n').map(({ length }) => length)) };
  };

  it('says first what was measured on different hosts', async () => {
    const { code, out, widest } = await said('here', 'there');
    expect(code).to.equal(0);
    expect(widest).to.be.at.most(80);
    expect(out).to.match(/NOT ALIKE: host of there is \{"cores":2,"cpu":"slow"\}, of here \{"cores":2,"cpu":"fast"\}: latencies were measured on different hosts.* here less there: 3 seeds in common/); // prettier-ignore
    expect(out).to.not.include('THE SAME');
  });

  it('takes a folder for itself under every name, and tells of copied matches', async () => {
    expect(await said('here', './here/')).to.deep.include({ code: 1, err: 'tickbench: here and ./here/ are one folder; nothing is compared with itself\n' }); // prettier-ignore
    expect((await said('here', 'link')).code).to.equal(1);
    expect((await said('here', 'copy')).out).to.include('THE SAME: 3 of the matches of copy are those of here, copied.');
  });

  it('counts of each those that most were played like, and tells of the others', async () => {
    const { out } = await said('mixed', 'mixed again');
    for (const name of ['mixed', 'mixed again'])
      expect(out).to.include(
        `2 matches of ${name} left out, the first: seed 6: its timeoutUs is 3000000, and 2000000 in those that are counted`,
      );
    expect(out).to.include('3 seeds in common').and.not.include('NOT ALIKE');
  });

  it('fails where nothing was played by both', async () => {
    const { code, out } = await said('here', 'later');
    expect(code).to.equal(1);
    expect(out).to.include('here less later: no seed in common, and nothing to compare. Only here played the seeds 1, 2, 3.');
    expect((await said('here', 'empty')).err).to.include('cells.json: no such file');
    writeFileSync(at('empty', 'cells.json'), JSON.stringify({ tickbench: 'cells.v1', cells: [] }));
    expect((await said('empty', 'here')).err).to.include('the first has no match of a model that counts');
  });
});
