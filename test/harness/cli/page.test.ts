import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { startPage } from '../../../harness/cli/page.js';

/** Linux's number of the class that gives way to every other (sched(7)). */
const SCHED_IDLE = 5;

/** The scheduling classes of a process's threads, each once. */
function classesOf(pid: number): number[] {
  const classes = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38]); // field 41 (proc(5)); the third is the first behind the name
  });
  return [...new Set(classes)];
}

describe('the watching page', function () {
  this.timeout(60_000);

  it('gives way with all its threads to what it was started to watch, and to nothing else', async function () {
    if (spawnSync('chrt', ['--version']).status !== 0) {
      console.log('      left out: this host has no chrt');
      return this.skip();
    }
    for (const [givesWay, classes] of [
      [true, [SCHED_IDLE]],
      [undefined, classesOf(process.pid)],
    ] as const) {
      const page = await startPage({ port: 0, ...(givesWay && { givesWay }) });
      try {
        expect(page.url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/$/);
        expect(classesOf(page.process.pid!)).to.deep.equal(classes);
      } finally {
        page.stop();
      }
    }
  });
});
