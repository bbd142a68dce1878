/** Programs and their worlds through the gateway: prepared, told, reclaimed at every end, and never a reason for a call to fail. */
import { expect } from 'chai';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { ConfigurationError } from '../../../../harness/configuration/configuration.js';
import { ask, chat, json } from '../client.js';
import { freeRange, listening, processesOf, Setting, until } from './setting.js';

const LISTEN =
  'require("node:net").createServer((s)=>s.end("hello")).listen(Number(process.argv[1]),"127.0.0.1",()=>console.log("it listens"))';
const node = process.execPath;

/** A process's parent and command, as `PARENT COMMAND`; empty when it has ended. */
function parentAndCommand(pid: number): string {
  try {
    const [, parent] = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
    return `${parent} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}`;
  } catch {
    return '';
  }
}

describe('resources of programs', function () {
  this.timeout(60_000);

  let setting: Setting;
  beforeEach(() => (setting = new Setting()));
  afterEach(() => setting.remove());

  it('are a folder, a port, a process and what was prepared, told with the answer, and nothing is left of them', async () => {
    const warm = join(setting.root, 'warm');
    mkdirSync(join(warm, 'inner'), { recursive: true });
    writeFileSync(join(warm, 'inner', 'file'), 'warmed');
    symlinkSync('/etc/hostname', join(warm, 'link'));
    const port = await freeRange(4, 25_000);
    await setting.start({
      kinds: {
        server: {
          ...{ limit: 4, folder: { from: './warm' }, port: { from: port, to: port + 3 } },
          prepare: {
            command: ['sh', '-c', 'echo prepared > note; printf \'{"url":"http://127.0.0.1:%s/","what":"é"}\' "$TICKBENCH_PORT"'],
          },
          start: { command: [node, '-e', LISTEN, '{port}'], ready: { line: 'it listens' } },
          release: { command: ['sh', '-c', 'echo "$1 $2" >> ../../released', 'sh', '{world}', '{program}'] },
        },
      },
    });
    // The release command runs in the folder of all worlds, not in the world's own.
    const got = await setting.call('agent', 20_000, { 'x-tickbench-resource': 'server' });
    expect(got.status).to.equal(200);
    expect(got.headers).to.include({ 'x-tickbench-resource': 'server', 'x-tickbench-resource-state': 'ready', 'x-tickbench-resource-port': String(port) }); // prettier-ignore
    const folder = got.headers['x-tickbench-resource-folder'] as string;
    expect(JSON.parse(got.headers['x-tickbench-resource-data'] as string)).to.deep.equal({ url: `http://127.0.0.1:${port}/`, what: 'é' });
    expect(readFileSync(join(folder, 'inner', 'file'), 'utf8')).to.equal('warmed');
    expect(readFileSync(join(folder, 'note'), 'utf8')).to.equal('prepared\n');
    const socket = connect(port, '127.0.0.1');
    expect(String((await once(socket, 'data'))[0])).to.equal('hello');
    // The header is the gateway's alone.
    expect(setting.backend.headers.at(-1)).to.not.have.any.keys('x-tickbench-resource', 'x-tickbench-resource-wait-ms');
    const told = await setting.resource('agent');
    expect(told).to.deep.include({ kind: 'server', state: 'ready', folder, port, failures: 0 });
    expect(told.preparedMs).to.be.above(0);
    expect(told.hiddenMs).to.equal(0);
    expect(json(await ask(`${setting.site}/health`)).resources).to.deep.equal({ kinds: { server: { preparing: 0, ready: 1, reclaiming: 0, left: 0 } }, notReclaimed: 0 }); // prettier-ignore
    await setting.release('agent');
    await until(() => setting.folders().length === 0 && processesOf(setting.root).length === 0, 'nothing is left');
    expect(listening(port, port + 3)).to.deep.equal([]);
    expect(existsSync('/etc/hostname')).to.equal(true);
    await until(async () => /resources_reclaimed_total{kind="server"} 1/.test((await ask(`${setting.site}/metrics`)).bytes.toString()), 'the figure'); // prettier-ignore
    const text = (await ask(`${setting.site}/metrics`)).bytes.toString();
    expect(text).to.include('tickbench_gateway_resources_prepared_total{kind="server"} 1').and.include('resources_hidden_seconds_total{kind="server"} 0'); // prettier-ignore
  });

  it('are prepared while a call waits for its turn, and holds up no call that does not ask to wait', async () => {
    await setting.start({ default: 'slow', kinds: { slow: { prepare: { command: ['sleep', '0.3'] } } } }, { backend: { mostRunning: 1 } });
    const { backend } = setting;
    backend.how.decodeMs = 150;
    const first = setting.call('first');
    await until(() => backend.came.length === 1, 'the first is admitted');
    // It waits behind the first, and its world is prepared meanwhile.
    const second = setting.call('second');
    expect((await first).headers['x-tickbench-resource-state']).to.equal('preparing');
    expect((await second).status).to.equal(200);
    await until(async () => (await setting.resource('second')).state === 'ready', 'it is ready');
    const { preparedMs, hiddenMs } = await setting.resource('second');
    expect(hiddenMs).to.be.above(0).and.at.most(preparedMs);
    const none = await chat(setting.running.url, 'x', { 'x-session-id': 'third', 'x-tickbench-resource': 'none' });
    expect(none.headers).to.not.have.property('x-tickbench-resource');
    expect(await setting.resource('third')).to.equal(undefined);
  });

  it('are waited for no longer than a call asks, and broken off when their program ends', async () => {
    const prepare = { command: ['sh', '-c', 'sleep 300 & sleep 300'], withinS: 300 };
    await setting.start({ kinds: { hangs: { folder: true, graceS: 0.2, prepare } } });
    const { gateway } = setting.running;
    const first = await setting.call('p', 200, { 'x-tickbench-resource': 'hangs' });
    expect([first.status, first.headers['x-tickbench-resource-state']]).to.deep.equal([200, 'preparing']);
    expect(Number(first.headers['x-tickbench-wait-ms'])).to.be.at.least(195);
    const second = setting.call('p', 60_000);
    const hangUp = new AbortController();
    const waits = { 'x-session-id': 'q', 'x-tickbench-resource': 'hangs', 'x-tickbench-resource-wait-ms': '60000' };
    const third = chat(setting.running.url, 'x', waits, {}, hangUp.signal);
    await until(() => gateway.waitingCalls === 2 && processesOf(setting.root).length > 3, 'both wait');
    await setting.release('p');
    expect(json(await second).error.code).to.equal('program_released');
    hangUp.abort();
    await third;
    await until(() => setting.folders().length === 0 && gateway.programs().length === 0, 'nothing is left');
    expect([processesOf(setting.root), gateway.waitingCalls, gateway.openCalls]).to.deep.equal([[], 0, 0]);
    expect((await ask(`${setting.site}/metrics`)).bytes.toString()).to.not.include('resources_failed_total{');
  });

  it('that cannot be prepared are told in words, tried as often as it says, and fail no call', async () => {
    const failing: Record<string, [object, RegExp]> = {
      fails: [{ prepare: { command: ['sh', '-c', 'echo no space left >&2; exit 3'] } }, /^prepare: ended with status 3; it wrote last: no space left$/],
      hangs: [{ prepare: { command: ['sh', '-c', 'trap "" TERM; sleep 60 & sleep 60'], withinS: 0.2 } }, /^prepare: was not over within 0.2 s$/],
      missing: [{ start: { command: ['/no/such/program'] } }, /^start: cannot be started: \/no\/such\/program: no such file$/],
      ends: [{ start: { command: ['sh', '-c', 'echo bye; exit 0'], ready: { line: 'never' } } }, /^start: ended with status 0; it wrote last: bye$/],
      silent: [{ start: { command: ['sleep', '60'], ready: { file: 'ready' }, readyWithinS: 0.2 } }, /^start: was not ready within 0.2 s$/],
      floods: [{ prepare: { command: ['head', '-c', '200000', '/dev/zero'] } }, /^prepare: it printed 200000 bytes; 65536 are accepted at most$/],
      dies: [{ start: { command: ['sleep', '0.1'] } }, /^its process ended with status 0$/],
    }; // prettier-ignore
    const kinds = Object.fromEntries(Object.entries(failing).map(([name, [how]]) => [name, { folder: true, graceS: 0.1, ...how }]));
    await setting.start({ attempts: 2, atOnce: 8, kinds });
    const answers = await Promise.all(Object.keys(kinds).map((kind) => setting.call(kind, 20_000, { 'x-tickbench-resource': kind })));
    for (const { status } of answers) expect(status).to.equal(200);
    for (const [kind, [, words]] of Object.entries(failing)) {
      await until(async () => (await setting.resource(kind)).state === 'failed', `${kind} is given up`);
      const told = await setting.resource(kind);
      expect(told.failures, kind).to.equal(2);
      expect(told.trouble, kind).to.match(words);
      const later = await setting.call(kind, 20_000);
      expect([later.status, later.headers['x-tickbench-resource-state']]).to.deep.equal([200, 'failed']);
      expect(later.headers['x-tickbench-resource-trouble'], kind).to.match(words);
    }
    await until(() => setting.folders().length === 0, 'their folders are gone');
    expect(processesOf(setting.root)).to.deep.equal([]);
    expect((await ask(`${setting.site}/metrics`)).bytes.toString()).to.match(/failed_total{kind="hangs",step="prepare"} 2/);
  });

  it('whose release fails are tried again and then told, and stay in the journal until one succeeds', async () => {
    const release = { command: ['sh', '-c', 'echo tried >> tries; test -e may || { echo "it is busy" >&2; exit 1; }'], withinS: 5 };
    await setting.start({ attempts: 2, kinds: { k: { folder: true, prepare: { command: ['true'] }, release } } });
    const [world] = [(await setting.call('p', 20_000, { 'x-tickbench-resource': 'k' })).headers['x-tickbench-resource-folder'] as string];
    await setting.release('p');
    await until(() => setting.said.some((line) => line.includes('given up until the next start')), 'it is told');
    expect(setting.said.filter((line) => line.includes('it is busy')).length).to.equal(2);
    expect(json(await ask(`${setting.site}/health`)).resources.kinds.k.left).to.equal(1);
    expect(existsSync(world)).to.equal(true);
    await setting.stop();
    // The next start tries as often, says so, and serves; once the command succeeds nothing is left.
    const again = new Setting();
    const resources = { folder: setting.root, attempts: 2, kinds: { other: { folder: true } } };
    await again.start(resources);
    expect(again.said.join('\n')).to.match(/of an earlier gateway 1 world was left: .*1 could not be reclaimed/).and.match(/not reclaimed: world .* \(k, program default_p-[0-9a-f]{12}\): release ended with status 1; it wrote last: it is busy/); // prettier-ignore
    expect(json(await ask(`${again.site}/health`)).resources.notReclaimed).to.equal(1);
    await again.remove();
    writeFileSync(join(setting.root, 'may'), '');
    const last = new Setting();
    await last.start(resources);
    expect(last.said.join('\n')).to.include('1 world was left: ended 0 processes, removed 1 folder, ran 1 release command');
    expect([existsSync(world), readFileSync(join(setting.root, 'tries'), 'utf8').split('\n').length - 1]).to.deep.equal([false, 5]);
    await last.remove();
  });

  it('whose release hangs are told too, and the command that hangs is ended', async () => {
    // Long enough for a shell to start and to write its line on a host whose cores are all taken.
    const release = { command: ['sh', '-c', 'trap "" TERM; echo "waits for nobody" >&2; sleep 300 & sleep 300'], withinS: 4 };
    await setting.start({ attempts: 1, kinds: { k: { folder: true, graceS: 0.1, release } } });
    await setting.call('p', 20_000, { 'x-tickbench-resource': 'k' });
    await setting.release('p');
    const words = 'not reclaimed, and given up until the next start: release was not over within 4 s; it wrote last: waits for nobody';
    await until(() => setting.said.some((line) => line.includes(words)), 'it is told');
    await setting.stop();
    expect(setting.folders().length).to.equal(1);
    const again = new Setting();
    const other = { folder: setting.root, attempts: 1, kinds: { k: { folder: true } } };
    await again.start(other);
    expect(again.said.join('\n')).to.include('1 could not be reclaimed');
    expect(processesOf(setting.root)).to.deep.equal([]);
    await again.remove();
  });

  it('end with their processes, those that leave the group, that ignore the signal and that start others included', async () => {
    const script = [
      'trap "" TERM',
      'setsid sleep 7300 &', // another session and group, the environment kept
      'env -u TICKBENCH_WORLD -u TICKBENCH_FOLDER sleep 7301 &', // the group kept, the environment not
      '(while true; do sleep 0.05; sleep 7302 & done) &',
      'echo up',
      'wait; sleep 7303',
    ].join('\n');
    await setting.start({ kinds: { k: { folder: true, graceS: 0.3, start: { command: ['sh', '-c', script], ready: { line: 'up' } } } } });
    await setting.call('p', 20_000, { 'x-tickbench-resource': 'k' });
    await until(() => processesOf(setting.root).length > 4, 'there are several');
    const sleeps = (): number =>
      readdirSync('/proc').filter((pid) => {
        try {
          return /^sleep 730[0-3]$/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim());
        } catch {
          return false;
        }
      }).length;
    await until(() => sleeps() > 3, 'those that sleep are there');
    await setting.release('p');
    await until(() => setting.folders().length === 0, 'the folder is gone');
    expect([processesOf(setting.root), sleeps()]).to.deep.equal([[], 0]);
  });

  it('are made anew when the process dies that starts theirs, and nothing is left of the first ones', async () => {
    await setting.start({ kinds: { k: { folder: true, graceS: 0.2, start: { command: ['sh', '-c', 'sleep 300 & echo up; wait'], ready: { line: 'up' } } } } }); // prettier-ignore
    const first = (await setting.call('p', 20_000, { 'x-tickbench-resource': 'k' })).headers['x-tickbench-resource-folder'] as string;
    const starters = (): number[] =>
      readdirSync('/proc').map(Number).filter((pid) => pid > 0 && parentAndCommand(pid).startsWith(`${process.pid} `) && parentAndCommand(pid).includes('starter-process')); // prettier-ignore
    const [starter] = starters();
    process.kill(starter!, 'SIGKILL');
    await until(async () => (await setting.resource('p')).trouble !== undefined, 'it is told');
    const again = await setting.call('p', 20_000);
    const second = again.headers['x-tickbench-resource-folder'] as string;
    expect([again.headers['x-tickbench-resource-state'], second === first]).to.deep.equal(['ready', false]);
    await until(() => !existsSync(first), 'the first one is reclaimed');
    expect(processesOf(setting.root).length).to.equal(2);
    expect(setting.said.join('\n')).to.include('its process is not known any more: the process that started it ended');
    await setting.stop();
    expect([processesOf(setting.root), starters()]).to.deep.equal([[], []]);
  });

  it('are called by safe names, whatever programs are called', async () => {
    const record = 'printf "%s\\n" "$#" "$@" "$TICKBENCH_PROGRAM" > "seen"';
    await setting.start({
      kinds: { k: { folder: true, limit: 50, prepare: { command: ['sh', '-c', record, 'sh', '{program}', '{world}', '{folder}'] } } },
    });
    const names = ['../../../etc/passwd', '$(touch${IFS}pwned)', '`id`', '-rf', '--privileged', ';reboot', "'\"", '*', '%00', '{folder}', '{world}', '..', '.', 'a/../b', 'x'.repeat(256)]; // prettier-ignore
    for (const name of names) {
      const got = await setting.call(name, 20_000, { 'x-tickbench-resource': 'k' });
      const folder = got.headers['x-tickbench-resource-folder'] as string;
      expect(folder, name).to.match(new RegExp(`^${setting.root}/worlds/[0-9a-f]{8}-[1-9][0-9]*$`));
      const [count, program, world, at, environment] = readFileSync(join(folder, 'seen'), 'utf8').split('\n');
      expect(count, name).to.equal('3');
      expect(program, name).to.match(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}-[0-9a-f]{12}$/);
      expect([`${setting.root}/worlds/${world}`, at, environment]).to.deep.equal([folder, folder, program]);
    }
    // What cannot stand in a name at all is refused before anything is made.
    const body = (program: string): Promise<number> => chat(setting.running.url, 'x', {}, { program_id: program, agent_hints: { resource: 'k' } }).then(({ status }) => status); // prettier-ignore
    for (const name of ['a b', 'a\nb', 'a\0b', 'x'.repeat(10_000), 'é']) expect(await body(name)).to.equal(400);
    expect(setting.folders().length).to.equal(names.length);
    expect(readdirSync(setting.root).sort()).to.deep.equal(['journal', 'lock', 'worlds']);
  });

  it('are refused in words where they cannot be had', async () => {
    await setting.start({ default: 'a', kinds: { a: { folder: true }, b: { folder: true } } });
    const refused = async (headers: Record<string, string>): Promise<string> => {
      const got = await chat(setting.running.url, 'x', headers);
      return `${got.status} ${got.status === 200 ? '' : json(got).error.message}`;
    };
    expect(await refused({ 'x-session-id': 'p', 'x-tickbench-resource': 'c' })).to.equal('400 x-tickbench-resource: "c" is no kind of resource; accepted: a, b, none'); // prettier-ignore
    expect(await refused({ 'x-tickbench-resource': 'a' })).to.match(/^400 .*this call names none; accepted: x-session-id beside it/);
    expect(await refused({})).to.equal('200 ');
    expect(await refused({ 'x-session-id': 'p', 'x-tickbench-resource-wait-ms': 'long' })).to.match(/^400 .*accepted is a number of milliseconds/); // prettier-ignore
    expect(await refused({ 'x-session-id': 'p' })).to.equal('200 ');
    expect(await refused({ 'x-session-id': 'p', 'x-tickbench-resource': 'b' })).to.match(
      /^409 .*has a resource of the kind a until its end/,
    );
    const plain = new Setting();
    let second: unknown;
    await plain.start({ folder: setting.root, kinds: { a: { folder: true } } }).catch((error: unknown) => (second = error));
    expect(second).to.be.instanceOf(ConfigurationError);
    expect((second as Error).message).to.include('another gateway has its worlds there');
    await plain.remove();
  });

  it('are taken from a program that is silent, which is given another with its next call; a lease ends it', async () => {
    await setting.start({ kinds: { k: { folder: true, idleS: 0.2 } } }, { scheduling: { leaseMs: 4000 } });
    const first = (await setting.call('p', 20_000, { 'x-tickbench-resource': 'k' })).headers['x-tickbench-resource-folder'] as string;
    await until(() => setting.folders().length === 0, 'it is taken');
    expect(await setting.resource('p')).to.deep.include({ kind: 'k', state: 'idle' });
    const { headers } = await setting.call('p', 20_000);
    expect(headers['x-tickbench-resource-state']).to.equal('ready');
    expect(headers['x-tickbench-resource-folder']).to.not.equal(first);
    await until(() => setting.running.gateway.programs().length === 0 && setting.folders().length === 0, 'the lease ends');
  });

  it('give commands no variable of the gateway but those that are named', async () => {
    process.env.RESOURCE_TEST_SECRET = 'not-for-strangers';
    process.env.RESOURCE_TEST_GIVEN = 'given';
    const prepare = { command: ['sh', '-c', 'env > variables'] };
    await setting.start({ kinds: { k: { folder: true, env: ['RESOURCE_TEST_GIVEN'], prepare } } });
    const got = await setting.call('p', 20_000, { 'x-tickbench-resource': 'k' });
    const text = readFileSync(join(got.headers['x-tickbench-resource-folder'] as string, 'variables'), 'utf8');
    expect(text)
      .to.include('RESOURCE_TEST_GIVEN=given')
      .and.match(/^PATH=/m)
      .and.match(/^TICKBENCH_WORLD=[0-9a-f]{8}-1$/m);
    expect(text).to.not.include('not-for-strangers');
    delete process.env.RESOURCE_TEST_SECRET;
    delete process.env.RESOURCE_TEST_GIVEN;
  });
});
