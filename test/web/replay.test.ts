/** Recorded matches in the page: rebuilt by the environment itself in a real browser, frame for frame what Node rebuilds. */
import { expect } from 'chai';
import { copyFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { type FighterSceneState, staleAnswers } from '../../envs/fighter/scene.js';
import type { HftScene } from '../../envs/hft/scene.js';
import { spawnAgent } from '../../harness/agents/spawn.js';
import { playMatch } from '../../harness/match/match.js';
import { MatchServer } from '../../harness/protocol/server.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { readDecisions } from '../../harness/traces/answers.js';
import { Playback } from '../../harness/traces/playback.js';
import { lineHash } from '../../harness/traces/format.js';
import { markStale } from '../../harness/traces/stale.js';
import { thinkingSpans } from '../../harness/traces/thinking.js';
import { FIGHT, RecordedPage, WITHIN } from './recorded-page.js';

describe('recorded matches in a browser', function () {
  this.timeout(120_000);
  const recorded = new RecordedPage('recorded matches in a browser');
  const { traces, textIs, attribute, text, drawn, open } = recorded;
  let page: Page;
  before(() => void ({ page } = recorded));

  const healths = async (): Promise<number[]> => {
    await drawn();
    return Promise.all([0, 1].map(async (seat) => Number(await attribute(`.corner[data-seat="${seat}"] .health`, 'aria-valuenow'))));
  };

  it('are listed, opened by a link to a frame, and played again to the recorded digest', async () => {
    await open('');
    await page.locator('.traces a[href="#/trace/matches/fighter%209.jsonl.gz"]').click(WITHIN);
    await textIs('.replay-state', `digest ${traces.fighter.footer!.digest}, the recorded one`);
    expect(await attribute('.replay-state', 'data-tone')).to.equal('good');
    const playback = new Playback(traces.fighter);
    expect(playback.replay.same).to.equal(true);
    await open(`${FIGHT}?frame=123`);
    await textIs('.place', `frame 123 of ${playback.last}`);
    playback.seek(123);
    const scene = playback.scene() as unknown as FighterSceneState;
    expect(scene.frame).to.equal(123);
    expect(await healths()).to.deep.equal(scene.fighters.map((fighter) => fighter.health));
    expect(await attribute('#frame-link', 'href')).to.equal(`${FIGHT}?frame=123`);
  });

  it('show at every frame what the world was then: scrubbed, stepped forwards and back, and played', async () => {
    await open(`${FIGHT}?frame=0`);
    await textIs('.place', 'frame 0 of');
    const playback = new Playback(traces.fighter);
    for (const frame of [250, 61, 60, 59, playback.last, 1, 300]) {
      await page.locator('#scrub').evaluate((node, at) => {
        (node as unknown as { value: string }).value = String(at);
        node.dispatchEvent(new Event('input'));
      }, frame);
      await textIs('.place', `frame ${frame} of`);
      playback.seek(frame);
      expect(await healths(), `frame ${frame}`).to.deep.equal((playback.scene() as unknown as FighterSceneState).fighters.map((f) => f.health)); // prettier-ignore
    }
    await page.locator('#step-on').click();
    await textIs('.place', 'frame 301 of');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await textIs('.place', 'frame 299 of');
    await page.waitForURL(/frame=299$/, WITHIN);
    await page.locator('#speed').selectOption('8');
    await page.locator('#play').click();
    await textIs('.place', `frame ${playback.last} of`);
    await textIs('#play', 'Play');
    await textIs('.round', 'over');
    await page.locator('#boxes').check();
    await page.locator('#frame-data').check();
    await page.locator('.meter canvas').waitFor(WITHIN);
    await page.locator('#to-start').click();
    await textIs('.place', 'frame 0 of');
  });

  it('lead from contact to contact, and count as stale the answers that the match counted', async () => {
    const { fighter: trace } = traces;
    const contacts: number[] = [];
    const counts: number[][] = [[], []];
    const playback = new Playback(trace, (env, frame) => {
      const scene = env.scene() as FighterSceneState;
      if (scene.hits.some((hit) => hit.frame === scene.frame)) contacts.push(frame);
      counts.forEach((list, seat) => (list[frame] = staleAnswers(scene, seat)));
    });
    expect(contacts.length).to.be.at.least(2);
    await open(`${FIGHT}?frame=0`);
    await textIs('.place', 'frame 0 of');
    await page.locator('#next-moment').click();
    await textIs('.place', `frame ${contacts[0]} of`);
    await page.keyboard.press('.');
    await textIs('.place', `frame ${contacts[1]} of`);
    await page.keyboard.press(',');
    await textIs('.place', `frame ${contacts[0]} of`);
    const spans = thinkingSpans(trace, taskNamed('fighter'));
    for (const [seat, list] of spans.entries()) {
      markStale(list, counts[seat]!, playback);
      const { stale } = trace.footer!.results.seats[seat] as { stale: number };
      expect(stale, `seat ${seat}`).to.be.greaterThan(0);
      expect(list.filter((span) => span.stale).length, `seat ${seat}`).to.equal(stale);
    }
  });

  it('list their decisions: one that is chosen shows what its seat was shown, and leads to where it landed', async () => {
    const { fighter: trace } = traces;
    const playback = new Playback(trace);
    const task = taskNamed('fighter');
    const decisions = readDecisions(trace, task, thinkingSpans(trace, task));
    await open(`${FIGHT}?frame=0`);
    await textIs('.decisions header', String(decisions.length));
    const names = trace.header.seats.map(({ name }) => name);
    const seen = async (place: number, of = decisions): Promise<void> => {
      const { seat, from, at, action } = of[place]!;
      await textIs('.place', `frame ${playback.frameAt(at) + 1} of`);
      await textIs('.decision-detail', `${names[seat]}, asked at`);
      expect(await page.locator('.decision-detail dd').first().textContent(), `decision ${place}`).to.equal(playback.shown(seat, from));
      expect(await text('.decision-rows button[aria-current]')).to.include(action ?? '');
    };
    await page.locator('.decision-rows button').first().click();
    await seen(0);
    await page.keyboard.press(']');
    await seen(1);
    await page.locator('.decisions select').first().selectOption('1');
    const theirs = decisions.filter(({ seat }) => seat === 1);
    await textIs('.decisions header', `${theirs.length} of ${decisions.length}`);
    await page.keyboard.press('End');
    await page.keyboard.press('[');
    await drawn();
    const made = await page.locator('.decision-rows li').count();
    expect(made, 'only the rows in sight are made').to.be.within(1, 40);
    // The whole match at a glance: a press in the middle goes to the middle.
    const { width } = (await page.locator('.overview-strip').boundingBox())!;
    await page.locator('.overview-strip').click({ position: { x: width / 2, y: 10 } });
    await drawn();
    expect(Number(await page.locator('#scrub').inputValue())).to.be.closeTo(playback.last / 2, 3);
    expect(await attribute('#overview', 'aria-label')).to.match(
      /^The whole match\. health of player 1 less player 2’s .* at the end\. \d+ hit marks/,
    );
    await page.keyboard.press('?');
    await page.locator('.shortcuts[open]').waitFor(WITHIN);
    await page.keyboard.press('Escape');
    expect(await page.locator('.shortcuts[open]').count()).to.equal(0);
  });

  it('show a market too, its chart and books as they were', async () => {
    await open('#/trace/matches/hft%209.jsonl.gz?frame=300');
    await textIs('.replay-state', `digest ${traces.hft.footer!.digest}, the recorded one`);
    await textIs('.market-left', '0:03 left');
    await page.keyboard.press('End');
    await textIs('.market-left', 'closed');
    await page.keyboard.press('Home');
    await textIs('.market-left', '0:06 left');
  });

  it('show of a market every tick: who jumps to a frame sees what who stepped there sees', async () => {
    const chart = async (): Promise<string> => {
      await drawn();
      return page
        .locator('.plot canvas')
        .first()
        .evaluate((node) => (node as unknown as { toDataURL(): string }).toDataURL());
    };
    const mids: number[] = [];
    const playback = new Playback(traces.hft, (env, frame) => (mids[frame] = (env.scene() as HftScene).symbols[0]!.mid2Ticks));
    // A frame just after the price moved twice within a tenth of a second: between the points of a live match's chart.
    const to = mids.findIndex(
      (mid, frame) => frame > 200 && frame % 10 > 4 && mid !== mids[frame - 1] && mids[frame - 1] !== mids[frame - 3],
    );
    expect(to).to.be.within(200, playback.last);
    const at = (frame: number): Promise<void> => textIs('.place', `frame ${frame} of ${playback.last}`);
    await open(`#/trace/matches/hft%209.jsonl.gz?frame=${to - 12}`);
    await at(to - 12);
    const pictures = [await chart()];
    for (let frame = to - 11; frame <= to; frame++) {
      await page.keyboard.press('ArrowRight');
      await at(frame);
      pictures.push(await chart());
    }
    expect(new Set(pictures).size, 'each tick moves the chart').to.equal(pictures.length);
    await open(`#/trace/matches/hft%209.jsonl.gz?frame=${to}`);
    await at(to);
    expect(await chart(), 'jumped').to.equal(pictures.at(-1));
    await page.keyboard.press('End');
    await at(playback.last);
    for (const frame of [to, to - 7]) {
      await page.locator('#scrub').evaluate((node, value) => {
        (node as unknown as { value: string }).value = String(value);
        node.dispatchEvent(new Event('input'));
      }, frame);
      await at(frame);
      expect(await chart(), `back at ${frame}`).to.equal(pictures[12 - (to - frame)]);
    }
  });

  it('that were interrupted say where, and are played again to there', async () => {
    const matches = await MatchServer.listen();
    const agent = await spawnAgent(matches, { kind: 'bot', bot: 'expert' });
    try {
      const stop = new AbortController();
      const { footer } = await playMatch(matches, {
        ...{ id: 'stopped', task: 'hft', options: { durationUs: 60_000_000 }, seed: 3, clock: 'virtual', speed: 1, timeoutUs: 1_000_000 },
        seats: [{ token: agent.token, record: { name: 'player', kind: 'bot', addedUs: 0, givenUs: 100_000 } }],
        tracePath: join(recorded.folder, 'matches', 'stopped.jsonl.gz'),
        signal: stop.signal,
        onEvent: (event) => event.at > 2_000_000 && stop.abort('enough'),
      });
      const { endedAt, over } = footer!.results;
      expect([over, endedAt > 2_000_000 && endedAt < 50_000_000]).to.deep.equal([false, true]);
      await open('#/trace/matches/stopped.jsonl.gz');
      await textIs('.replay-state', `Interrupted at 0:${(Math.floor(endedAt / 100_000) / 10).toFixed(1).padStart(4, '0')}.`);
      await textIs('.replay-state', `Played again in this page to there: digest ${footer!.digest}, the recorded one.`);
      await textIs('.replay-state', 'The match was stopped before its end: enough.');
      await open('#/trace/matches/hft%209.jsonl.gz');
      await textIs('.replay-state', 'the recorded one');
      expect(await text('.replay-state')).to.not.include('Interrupted');
    } finally {
      await agent.stop();
      await matches.close();
    }
  });

  it('that are dropped on the page are opened; damaged ones say where, and what could be read is shown', async () => {
    const whole = await readFile(join(recorded.folder, 'matches', 'fighter 9.jsonl.gz'));
    const lines = gunzipSync(whole).toString('utf8').split('\n');
    await mkdir(join(recorded.folder, 'bad'));
    const write = async (name: string, bytes: Buffer | string): Promise<void> => {
      await writeFile(join(recorded.folder, 'bad', name), bytes);
      await utimes(join(recorded.folder, 'bad', name), 1_700_000_000, 1_700_000_000); // long ago: no match is writing it
    };
    await write('cut.jsonl.gz', whole.subarray(0, Math.floor(whole.length * 0.6)));
    await write('altered.jsonl', lines.with(3, lines[3]!.replace('"seat":0', '"seat":1')).join('\n'));
    await write('open.jsonl', `${lines.slice(0, 4).join('\n')}\n`);
    await write('noise.jsonl.gz', gzipSync('hello\n'));
    const other = lines[0]!.replace(traces.fighter.header.rules, 'fighter.0');
    await write('old.jsonl', [other, lines[1]!.replace(lineHash(lines[0]!), lineHash(other)), ''].join('\n'));
    for (const [name, ...says] of [
      ['cut.jsonl.gz', 'compressed data is cut off', 'What could be read is shown'],
      ['altered.jsonl', 'line 5: does not follow the line before it', 'What could be read is shown'],
      ['open.jsonl', 'it has no footer', 'Digest at the end of what was recorded'],
      ['old.jsonl', 'played by rules fighter.0', 'cannot be played again here'],
    ] as const) {
      await open(`#/trace/bad/${name}`);
      for (const line of says) await textIs('.replay-state', line);
      expect(await attribute('.replay-state', 'data-tone'), name).to.equal('bad');
      if (name === 'old.jsonl') continue;
      // What was read is there to look at.
      await page.keyboard.press('End');
      await drawn();
      const [, frame] = /frame (\d+) of/.exec(await text('.place'))!;
      expect(Number(frame), name).to.be.greaterThan(60);
    }
    await open('#/trace/bad/noise.jsonl.gz');
    await textIs('#notice', 'cannot be opened: bad/noise.jsonl.gz, line 1: not JSON');
    await open('');
    const dropped = join(recorded.folder, 'my match.jsonl.gz');
    await copyFile(join(recorded.folder, 'matches', 'fighter 9.jsonl.gz'), dropped);
    await page.locator('#trace-file').setInputFiles(dropped);
    await textIs('.replay-state', `digest ${traces.fighter.footer!.digest}, the recorded one`);
    const dragged = await page.evaluateHandle(
      (bytes) => {
        const { DataTransfer, File } = globalThis as unknown as {
          DataTransfer: new () => { items: { add(file: unknown): void } };
          File: new (parts: Uint8Array[], name: string) => unknown;
        };
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], 'dragged.jsonl.gz'));
        return transfer;
      },
      [...whole],
    );
    await page.dispatchEvent('body', 'drop', { dataTransfer: dragged });
    await page.waitForURL(/#\/file\/dragged\.jsonl\.gz/, WITHIN);
    await textIs('.replay-state', `digest ${traces.fighter.footer!.digest}, the recorded one`);
    await page.locator('.chip.recorded').click();
    await textIs('#notice', 'without a match to watch');
  });
});
