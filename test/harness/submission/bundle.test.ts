import { expect } from 'chai';
import fc from 'fast-check';
import { chmodSync, createWriteStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Headers } from 'tar-stream';
import { bytesHash, openBundle, tracePlace } from '../../../harness/submission/bundle.js';
import { SubmissionError } from '../../../harness/submission/errors.js';
import { isSigned, makeKeys, passingKeys, readKeys, signature } from '../../../harness/submission/keys.js';
import { asPlainLine, plainLine } from '../../../harness/submission/words.js';
import { tinyBundle, tinySweep, type Tiny } from './tiny.js';

interface Part {
  header: Headers;
  bytes: Buffer;
}

async function partsOf(path: string): Promise<Part[]> {
  const tar = extract();
  const parts: Part[] = [];
  void pipeline((await import('node:fs')).createReadStream(path), tar).catch(() => undefined);
  for await (const entry of tar) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    parts.push({ header: { ...entry.header, pax: null } as Headers, bytes: Buffer.concat(chunks) });
  }
  return parts;
}

async function rewritten(path: string, change: (parts: Part[]) => void): Promise<string> {
  const parts = await partsOf(path);
  change(parts);
  const tar = pack();
  for (const { header, bytes } of parts)
    if (header.type === 'symlink') tar.entry({ ...header, size: 0 });
    else tar.entry({ ...header, size: bytes.length }, bytes);
  tar.finalize();
  const to = `${path}.altered`;
  await pipeline(tar, createWriteStream(to));
  return to;
}

function refusal(work: () => unknown): Promise<Error> {
  return Promise.resolve().then(work).then(
    () => new Error('nothing was refused'),
    (error: Error) => error,
  ); // prettier-ignore
}

describe('a bundle', () => {
  let tiny: Tiny;
  let bundle: string;
  let folder: string;
  const keys = passingKeys();

  before(async () => {
    tiny = await tinySweep();
    folder = dirname(tiny.folder);
    bundle = await tinyBundle(tiny, { keys });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const opened = (path: string) => openBundle(path, join(folder, 'opened'));

  it('is opened as it was made, its traces under their hashes', async () => {
    const { manifest, manifestText, signature: signed } = await opened(bundle);
    expect(manifest.entries[0]).to.include({ task: 'hft', name: 'alpha', kind: 'model' });
    expect(manifest.entries[0]!.about).to.include({ model: 'giant-400b', precision: 'fp4' });
    expect(isSigned(keys.publicText, Buffer.from(manifestText), signed)).to.equal(true);
    for (const { hash } of manifest.entries[0]!.traces)
      expect(bytesHash(readFileSync(tracePlace(join(folder, 'opened'), hash)))).to.equal(hash);
  });

  it('holds no key', () => {
    const text = readFileSync(bundle).toString('latin1');
    expect(text).to.contain(keys.publicText).and.not.contain('PRIVATE');
    expect(text).to.not.contain(keys.privateKey.export({ format: 'jwk' }).d!);
  });

  const attacks: [string, (parts: Part[]) => void, RegExp][] = [
    ['a tampered trace', (parts) => (parts[2]!.bytes[40]! ^= 1), /its bytes have another SHA-256 than its name/],
    ['a trace under another name', (parts) => (parts[2]!.header.name = `traces/${'0'.repeat(64)}.gz`), /bundle\.json does not list it/],
    ['a trace that leaves the folder', (parts) => (parts[2]!.header.name = '../../etc/passwd'), /^"\.\.\/\.\.\/etc\/passwd": accepted: traces\//],
    ['an absolute path', (parts) => (parts[2]!.header.name = '/tmp/x.gz'), /^"\/tmp\/x\.gz": accepted/],
    ['a path within a trace\'s name', (parts) => (parts[2]!.header.name = `traces/../${'0'.repeat(64)}.gz`), /accepted: traces\//],
    ['a link', (parts) => Object.assign(parts[2]!.header, { type: 'symlink', linkname: '/etc/passwd' }), /is a symlink; accepted: plain files/],
    ['terminal escapes in a name', (parts) => (parts[2]!.header.name = 'traces/\u001b[2Jx'), /^"traces\/\\u001b\[2Jx"/],
    ['a trace that comes twice', (parts) => parts.push(parts[2]!), /does not list it, or it came before/],
    ['a trace that is missing', (parts) => void parts.pop(), /ends before 1 of the traces/],
    ['no signature', (parts) => void parts.splice(1, 1), /signature is expected there/],
    ['nothing', (parts) => void parts.splice(0), /a whole bundle is expected/],
    ['a manifest that was altered', (parts) => (parts[0]!.bytes = Buffer.from(parts[0]!.bytes.toString().replace('Ann Example', 'Bob Example'))), /signature: it is not that of ed25519:.*altered/],
    ["another's key", (parts) => (parts[0]!.bytes = Buffer.from(parts[0]!.bytes.toString().replace(keys.publicText, passingKeys().publicText))), /signature: it is not that of/],
    ['a manifest that is no JSON', (parts) => (parts[0]!.bytes = Buffer.from('{')), /bundle\.json: not JSON/],
    ['an unknown field', (parts) => (parts[0]!.bytes = Buffer.from(parts[0]!.bytes.toString().replace('{', '{"reward": 5,'))), /bundle\.json: .*reward/],
  ]; // prettier-ignore
  for (const [what, change, words] of attacks)
    it(`with ${what} is refused`, async () => {
      const error = await refusal(async () => opened(await rewritten(bundle, change)));
      expect(error).to.be.instanceOf(SubmissionError);
      expect(error.message)
        .to.match(words)
        .and.not.match(/\p{Cc}/u);
      expect(existsSync('/tmp/x.gz')).to.equal(false);
    });

  it('cut off anywhere is refused, and nothing is laid outside the folder given', async () => {
    const bytes = readFileSync(bundle);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1100), async (end) => {
        writeFileSync(`${bundle}.cut`, bytes.subarray(0, end));
        expect(await refusal(() => opened(`${bundle}.cut`))).to.be.instanceOf(SubmissionError);
      }),
      { numRuns: 40, endOnFailure: true },
    );
    expect(readdirSync(join(folder, 'opened')).every((name) => /^[0-9a-f]{2}$/.test(name))).to.equal(true);
  });

  it('refuses names that a page, a terminal or a spreadsheet would obey', async () => {
    const wrong = [
      '<script>alert(1)</script>',
      '\u001b[31mred',
      '=cmd()',
      '+1',
      '@x',
      '-1',
      ' x',
      'a\u202eb',
      'a\nb',
      'a\u0000b',
      '',
      'x'.repeat(61),
    ];
    for (const name of wrong) {
      const error = await refusal(() => tinyBundle(tiny, { name }));
      expect(error, JSON.stringify(name)).to.be.instanceOf(SubmissionError);
      expect(error.message).to.match(/submitter\.name: /);
      expect(plainLine(60).safeParse(name).success).to.equal(false);
    }
    for (const name of ["Robert'); DROP TABLE entry;--", 'Zoë Müller', '山田 太郎', 'A & B (lab)'])
      expect(plainLine(60).safeParse(name).success, name).to.equal(true);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const kept = asPlainLine(text, 60);
        if (kept !== undefined) expect(plainLine(60).safeParse(kept).success, JSON.stringify(kept)).to.equal(true);
      }),
    );
  });
});

describe('a key pair', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-keys-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is made once, read by its owner alone, and signs what its public half knows again', async () => {
    const path = join(folder, 'deep', 'key.pem');
    const made = makeKeys(path);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(readKeys(path).publicText).to.equal(made.publicText);
    expect((await refusal(() => makeKeys(path))).message).to.match(/a key is there already, and is kept/);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (bytes, place) => {
        const signed = signature(made, bytes);
        expect(isSigned(made.publicText, bytes, signed)).to.equal(true);
        const other = bytes.slice();
        other[place % other.length]! ^= 1;
        expect(isSigned(made.publicText, other, signed)).to.equal(false);
        expect(isSigned(passingKeys().publicText, bytes, signed)).to.equal(false);
      }),
      { numRuns: 30 },
    );
  });

  it('is refused when others may read it, there is none, or it is another kind of key', async () => {
    const path = join(folder, 'open.pem');
    makeKeys(path);
    chmodSync(path, 0o644);
    expect((await refusal(() => readKeys(path))).message).to.match(/others than its owner may read .*chmod 600/);
    expect((await refusal(() => readKeys(join(folder, 'none')))).message).to.match(/no key there; tickbench keys makes one/);
    const wrong = join(folder, 'wrong.pem');
    writeFileSync(wrong, 'secret words', { mode: 0o600 });
    expect((await refusal(() => readKeys(wrong))).message)
      .to.match(/no ed25519 private key/)
      .and.not.contain('secret words');
  });
});
