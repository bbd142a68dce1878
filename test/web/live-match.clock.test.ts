/** Real matches between bots on the real match server, seen through the web server: what the page is for. */
import { expect } from 'chai';
import type { HftScene } from '../../envs/hft/scene.js';
import { spawnAgent, type AgentHandle } from '../../harness/agents/spawn.js';
import { playMatch } from '../../harness/match/match.js';
import { MatchServer } from '../../harness/protocol/server.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { startBrowser } from './chromium.js';
import { startPage, stopPages, until } from './page-server.js';

const OPTIONS = { fighter: { rounds: 1, roundSeconds: 3 }, hft: { durationUs: 4_000_000, seats: 2 } } as const;

for (const task of ['fighter', 'hft'] as const) {
  describe(`a real match of ${task}, watched`, function () {
    this.timeout(60_000);
    after(stopPages);

    it('is seen to its end, and does not depend on being watched', async function () {
      const browser = await startBrowser(`a real match of ${task} in a browser`);
      if (!browser) return this.skip();
      const server = await MatchServer.listen();
      const seats = taskNamed(task).seats(taskNamed(task).parseOptions(OPTIONS[task]));
      const agents: AgentHandle[] = [];
      try {
        for (let seat = 0; seat < seats; seat++) agents.push(await spawnAgent(server, { kind: 'bot', bot: 'expert' }));
        const page = await startPage(['--match', `${server.url}/watch`]);
        const tab = await browser.newPage();
        const complaints: string[] = [];
        tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        tab.on('pageerror', (error) => complaints.push(error.message));
        await tab.goto(page.url);
        await until('the browser watches', async () => (await page.counts()).watchers === 1);
        const plan = (id: string, watched: boolean) => ({
          id,
          task,
          options: OPTIONS[task],
          seed: 5,
          clock: 'virtual' as const,
          speed: 1,
          timeoutUs: 1_000_000,
          watched,
          // The latency is given, so that the same match can be played again.
          seats: agents.map((agent, i) => ({ token: agent.token, record: { name: `expert ${i + 1}`, kind: 'bot' as const, addedUs: 0, givenUs: 100_000 } })),
        }); // prettier-ignore
        const seen = await playMatch(server, plan('seen', true));
        await tab.locator('#notice').filter({ hasText: 'Over: expert 1' }).waitFor({ timeout: 15_000 });
        // A match on the virtual clock is over in a moment: its beginning, its last scene and its end are always told, scenes between as time allows.
        expect((await page.counts()).received).to.be.at.least(3);
        expect(await tab.locator('.seat').count()).to.equal(seats);
        expect(await tab.locator('.seat').first().locator('.injected').textContent()).to.equal('latency 100 ms (injected)');
        expect(await tab.locator('.strip i').count()).to.be.greaterThan(0);
        if (task === 'hft') {
          const pnl = seen.footer!.results.reward[0]!;
          const shown = `${pnl > 0 ? '+' : ''}${(pnl / 10_000).toFixed(3)} %`.replace('-', '−');
          await tab.locator('#notice').filter({ hasText: shown }).waitFor({ timeout: 5_000 });
          const scene = taskNamed(task).create(taskNamed(task).parseOptions(OPTIONS[task]), 5).scene() as HftScene;
          expect(await tab.locator('.market-label').textContent()).to.include(scene.symbols[0]!.symbol);
        } else {
          expect(await tab.locator('.round').textContent()).to.equal('over');
        }
        expect(complaints).to.deep.equal([]);
        const unseen = await playMatch(server, plan('unseen', false));
        expect(unseen.footer!.digest).to.equal(seen.footer!.digest);
      } finally {
        await browser.close();
        await Promise.all(agents.map((agent) => agent.stop()));
        await server.close();
      }
    });
  });
}
