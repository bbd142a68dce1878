import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { MatchServer } from '../../../harness/protocol/server.js';
import { packageRoot } from '../../../harness/host/root.js';
import { parseSeat, seatName } from '../../../harness/seating/seats.js';
import { adviceFor } from '../../../harness/cli/doctor.js';
import { scriptedEndpoint } from '../sweep/scripted-endpoint.js';
import { playMatch } from '../../../harness/match/match.js';

interface Said {
  code: number;
  out: string;
  err: string;
}

function tickbench(...args: string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

let folder: string;

describe('the command line', () => {
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('plays a match, tells its figures, and plays its trace again', async () => {
    const ran = await tickbench(
      'run',
      'fighter',
      '--seat',
      'bot:expert:10%@18f',
      '--opponent',
      'bot:rush@300ms+50ms',
      '--clock',
      'virtual',
      '--options',
      '{"rounds":1}',
      '--trace',
      'm.jsonl.gz',
      '--json',
    );
    expect(ran.err + ran.out).to.match(/"verdict":\{"counts":true/);
    expect(ran.code).to.equal(0);
    const report = JSON.parse(ran.out) as { digest: string; seats: { name: string; worldP50Us: number; landed: number }[] };
    expect(report.seats.map((seat) => seat.name)).to.deep.equal(['expert 10% random @300 ms', 'rush @300 ms +50 ms']);
    expect(report.seats[1]!.worldP50Us).to.equal(350_000);
    expect(report.seats[0]!.landed).to.be.greaterThan(10);
    const again = await tickbench('replay', 'm.jsonl.gz');
    expect(again).to.include({ code: 0 });
    expect(again.out).to.include(`Same digest: ${report.digest}`);
  });

  it('replay fails, and says why, for a trace that is cut off, altered or of another world', async () => {
    const text = gunzipSync(readFileSync(join(folder, 'm.jsonl.gz'))).toString('utf8');
    const say = async (content: string | Buffer, name = 'x.jsonl'): Promise<Said> => {
      writeFileSync(join(folder, name), content);
      return tickbench('replay', name, '--json');
    };
    const cut = await say(text.slice(0, text.length - 20));
    expect(cut.code).to.equal(1);
    expect(JSON.parse(cut.out)).to.deep.include({ ok: false, whole: false, same: false });
    const altered = await say(text.replace('"seed":1', '"seed":2'));
    expect(altered.code).to.equal(1);
    expect(altered.err).to.match(/x\.jsonl, line 2: does not follow the line before it/);
    const footer = text.trimEnd().split('\n').at(-1)!;
    const forged = await say(text.replace(footer, footer.replace(/"digest":"...../, '"digest":"00000')));
    expect(forged.code).to.equal(1);
    expect(JSON.parse(forged.out)).to.deep.include({ ok: false, whole: true, same: false });
    const squeezed = await say(gzipSync(text).subarray(0, 500), 'y.jsonl.gz');
    expect(squeezed.code).to.equal(1);
    expect((await tickbench('replay', 'nowhere')).err).to.equal('tickbench: nowhere: no such file\n');
  });

  it('plays part of a real day given as a file, reports its bad prints, and says that the book is synthetic', async () => {
    const day: Record<string, unknown> = {};
    for (let i = 0; i < 400; i++) {
      const time = new Date(Date.UTC(2024, 0, 1, 10, 0, i)).toISOString().slice(11, 19);
      const price = 100 + Math.sin(i / 20);
      day[time] = { open: price, high: i === 50 ? price * 1.1 : price + 0.02, low: price - 0.02, close: i === 70 ? price * 0.9 : price };
    }
    writeFileSync(join(folder, 'ohlc_TEST_day.json'), JSON.stringify({ '2024-01-01': day }));
    const args = [
      'run',
      'hft',
      '--market',
      'ohlc:ohlc_TEST_day.json',
      '--from',
      '10:00',
      '--minutes',
      '1.25',
      '--clock',
      'virtual',
      '--seat',
      'bot:expert@300ms',
      '--trace',
      'day.jsonl.gz',
    ];
    const ran = await tickbench(...args, '--json');
    expect(ran.err).to.match(/TEST .*2 bad prints.*The book around these bars is synthetic/);
    expect(ran.code).to.equal(0);
    const report = JSON.parse(ran.out) as { market: { book: string; counts: Record<string, number> } };
    expect(report.market).to.deep.include({ book: 'synthetic', counts: { open: 0, high: 1, low: 0, close: 1 } });
    expect((await tickbench('replay', 'day.jsonl.gz')).code).to.equal(0);
    expect((await tickbench(...args.with(5, '23:00'))).err).to.match(/tickbench: ohlc_TEST_day.json: nothing traded/);
    // Two files are two symbols of one match.
    const two = args.with(3, 'ohlc:ohlc_TEST_day.json,MORE=ohlc_TEST_day.json').with(7, '0.1').with(13, 'two.jsonl.gz');
    expect((await tickbench(...two)).code).to.equal(0);
    expect((await tickbench('report', 'two.jsonl.gz')).out).to.match(/market: TEST [^]*; MORE\s/);
  });

  it('refuses what it cannot do in one line, and exits with an error', async () => {
    writeFileSync(join(folder, 'there.jsonl'), 'mine');
    const cases: [string[], RegExp][] = [
      [['run', 'chess'], /^tickbench: no task "chess"; there are hft, fighter, hft-paper\n$/],
      [['run', 'fighter', '--seat', 'bot:nobody'], /^tickbench: fighter has no bot "nobody"; there are expert/],
      [
        ['run', 'hft', '--seat', 'bot:expert', '--seat', 'bot:expert'],
        /^tickbench: hft has 1 seat with these options, 2 agents were named\n$/,
      ],
      [['run', 'fighter', '--options', '{"rounds":2}'], /^tickbench: fighter options.*1, 3 or 5/],
      [['run', 'fighter', '--minutes', '2'], /^tickbench: --minutes goes with hft/],
      [['run', 'hft', '--seat', 'model:none.yaml'], /^tickbench: no configuration "none.yaml"/],
      [['run', 'hft', '--market', 'csv:x'], /^tickbench: --market "csv:x": accepted: ohlc:.*FILE/],
      [['run', 'hft', '--market', 'ohlc:/'], /^tickbench: \/: is a folder; accepted: a file of bars, as JSON or CSV\n$/],
      [['run', 'hft', '--from', '10:00'], /^tickbench: --from goes with --market\n$/],
      [['run', 'hft', '--hidden', 'reach', '--market', 'ohlc:x'], /^tickbench: --hidden goes with --market lobster: or mbo:\n$/],
      [
        ['run', 'hft', '--trace', 'there.jsonl'],
        /^tickbench: --trace there.jsonl: there.jsonl is there already; accepted: the name of a new file\n$/,
      ],
      [['run', 'hft', '--trace', 'there.jsonl/x'], /^tickbench: --trace there.jsonl\/x: .*(in the way|folder is expected)\n$/],
      [['replay', '/'], /^tickbench: \/: is a folder; a file is expected\n$/],
      [['run', 'hft', '--speed', 'fast'], /a number above 0 is expected/],
      [['agent', 'http://x', '--token', 't', '--bot', 'expert'], /^tickbench: "http:\/\/x" is no address of a match server/],
      [['agent', 'ws://x', '--bot', 'expert'], /no token; accepted: TICKBENCH_TOKEN in the environment, or --token -/],
      [['agent', 'ws://x', '--token', 't'], /either --config FILE or --bot NAME/],
      [['fly'], /unknown command/],
    ];
    await Promise.all(
      cases.map(async ([args, say]) => {
        const refused = await tickbench(...args);
        expect(refused.code, args.join(' ')).to.not.equal(0);
        expect(refused.err, args.join(' ')).to.match(say);
        expect(refused.err).to.not.match(/\n {4}at /);
      }),
    );
  });

  it('tells by its exit status that a match or a check says nothing, and that its output was not taken', async () => {
    const endpoint = await scriptedEndpoint();
    endpoint.statusOf = () => 500;
    writeFileSync(join(folder, 'dead.yaml'), `endpoint: { kind: openai, url: "${endpoint.url}", model: steady }\nrequest: {}\n`);
    try {
      const match = await tickbench(
        'run',
        'hft',
        '--seat',
        'model:dead.yaml',
        '--options',
        '{"durationUs":1000000}',
        '--trace',
        'd.jsonl.gz',
      );
      expect([match.code, match.out]).to.deep.equal([3, match.out]);
      expect(match.out.replace(/\s+/g, ' ')).to.match(/\d+ of \d+ calls .*failed/);
      const check = await tickbench('endpoint', 'check', endpoint.url, '--model', 'steady');
      expect(check.code).to.equal(1);
      expect(check.err).to.include('nothing that was tried was answered');
    } finally {
      endpoint.close();
    }
    const nowhere = await tickbench('sweep', 'quick', '--no-page', '--out', '');
    expect([nowhere.code, nowhere.err]).to.deep.equal([
      1,
      'tickbench: --out: an empty name; accepted: a folder, or leave it out for results/PLAN\n',
    ]);
    const main = join(packageRoot(), 'dist/tickbench/main.js');
    const full = await new Promise<Said>((resolve) => {
      execFile('sh', ['-c', `"${process.execPath}" "${main}" protocol --schema > /dev/full`], { cwd: folder }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
    expect([full.code, full.err]).to.deep.equal([1, 'tickbench: the output: cannot be written: the disk is full\n']);
  });

  it('has help with an example, also for verbs of another program', async () => {
    await Promise.all(
      ['run', 'match', 'arena', 'board', 'board token', 'board token add', 'board measure'].map(async (verb) => {
        const help = await tickbench(...verb.split(' '), '--help');
        expect(help.code, verb).to.equal(0);
        expect(help.out, verb).to.include(`$ tickbench ${verb} `);
      }),
    );
  });

  it('connects an agent to any match server', async () => {
    const server = await MatchServer.listen();
    const waiting = server.expectAgent('secret', 'guest');
    const guest = tickbench('agent', server.url, '--token', 'secret', '--bot', 'expert', '--matches', '1', '--json');
    await waiting;
    const record = { name: 'guest', kind: 'stranger' as const, addedUs: 0 };
    const seats = [{ token: 'secret', record }];
    const trace = await playMatch(server, {
      id: 'g',
      task: 'hft',
      options: { durationUs: 1_000_000 },
      seed: 1,
      clock: 'virtual',
      speed: 1,
      timeoutUs: 1_000_000,
      seats,
    });
    const said = await guest;
    expect(said.code).to.equal(0);
    expect(JSON.parse(said.out)).to.deep.equal({ match: 'g', seat: 0, results: trace.footer!.results, verdict: trace.footer!.verdict });
    const refused = await tickbench('agent', server.url, '--token', 'wrong', '--bot', 'expert');
    expect(refused.code).to.equal(1);
    expect(refused.err).to.match(/refused this agent: unknown token/);
    await server.close();
  });
});

describe('seats on the command line', () => {
  it('are read as written, and named as they are', () => {
    expect(parseSeat('bot:expert@18f', 16_667)).to.deep.equal({
      kind: 'bot',
      bot: 'expert',
      errorPermille: 0,
      givenUs: 300_006,
      addedUs: 0,
    });
    expect(parseSeat('bot:rush:12.5%@0.3s+20ms', 1)).to.deep.equal({
      kind: 'bot',
      bot: 'rush',
      errorPermille: 125,
      givenUs: 300_000,
      addedUs: 20_000,
    });
    expect(parseSeat('bot:rush', 1)).to.not.have.property('givenUs');
    expect(parseSeat('model:fpx-configs/a.yaml+1s', 1)).to.deep.equal({
      kind: 'model',
      configuration: 'fpx-configs/a.yaml',
      addedUs: 1_000_000,
    });
    expect(parseSeat('stranger', 1)).to.deep.equal({ kind: 'stranger', name: 'stranger', addedUs: 0 });
    expect(parseSeat('human', 1)).to.deep.equal({ kind: 'human', name: 'human', addedUs: 0 });
    expect(seatName(parseSeat('human', 1))).to.equal('human');
    expect(seatName(parseSeat('human:Ada+50ms', 1))).to.equal('Ada (human) +50 ms');
    expect(seatName(parseSeat('bot:rush:12.5%@0.3s+20ms', 1))).to.equal('rush 12.5% random @300 ms +20 ms');
    for (const bad of [
      '',
      'bot',
      'bot:',
      'bot:x@',
      'bot:x@3',
      'bot:x:101%',
      'model',
      'model:x@3ms',
      'stranger:x@3f',
      'human:x@3f',
      'person',
    ])
      expect(() => parseSeat(bad, 1), bad).to.throw(/accepted: bot:NAME/);
  });
});

describe('the doctor', () => {
  const measured = (p99Us: number, cpuPermille: number, parallelPermille: number, cores = 2) => ({
    host: {
      platform: 'x',
      node: 'x',
      cpu: 'x',
      cores,
      memoryMb: 1,
      freeMemoryMb: 1,
      processorWaits: 'measured' as const,
      energy: 'measured',
      loadPermille: 0,
    },
    rows: [{ what: 'tick lateness, 1 ms grid', samples: 1, p50Us: 1, p99Us, maxUs: p99Us }],
    cpuPermille,
    parallelPermille,
  });

  it('advises by what was measured', () => {
    expect(adviceFor(measured(50, 990, 980)).join('\n')).to.match(/hft: .* speed of about 100/);
    expect(adviceFor(measured(2500, 990, 980)).join('\n')).to.match(/hft: .* speed of about 2\.0; use the virtual clock/);
    expect(adviceFor(measured(20_000, 990, 980)).join('\n')).to.match(/hft: ticks are too late/);
    expect(adviceFor(measured(50, 600, 500)).join('\n')).to.match(/Something else uses the processor/);
    expect(adviceFor(measured(50, 990, 600)).join('\n')).to.match(/not whole ones/);
    expect(adviceFor(measured(50, 990, 990, 1)).join('\n')).to.match(/One core/);
  });
});
