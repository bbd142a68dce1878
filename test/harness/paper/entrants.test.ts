/** Who plays: what `--endpoint` takes, and what it refuses. */
import { expect } from 'chai';
import { embeddedEntrant, embeddedModel, PLAIN_PRECISIONS, readEntrants, type AddressSettings } from '../../../harness/paper/entrants.js';
import { scriptedEndpoint, type ScriptedEndpoint } from '../sweep/scripted-endpoint.js';

const how: AddressSettings = { prompt: 'plain', maxTokens: 64 };

async function refusal(texts: string[]): Promise<string> {
  return await readEntrants(texts, how).then(
    () => 'accepted',
    (error: Error) => error.message,
  );
}

describe('who plays a published table', () => {
  let server: ScriptedEndpoint;
  before(async () => (server = await scriptedEndpoint('only-one')));
  after(() => server.close());

  it('are files, renamed or not, with their size', async () => {
    const [plain, named] = await readEntrants(['fpx-configs/4m-fp8.yaml', '14B/7.2=1m-fp8'], how);
    expect(plain).to.include({ size: '4M', bits: undefined });
    expect(plain!.configuration.name).to.equal('4m-fp8');
    expect(named).to.include({ size: '14B', bits: 7.2 });
    expect(named!.configuration).to.include({ name: '14B 7.2 bits', size: '14B' });
  });

  it('are addresses, with the model behind # or the only one that the server has', async () => {
    const [told, found] = await readEntrants([`7B/8=${server.url}#qwen`, `14b/16=${server.url}`], how);
    expect(told!.configuration.endpoint).to.include({ kind: 'openai', model: 'qwen', url: server.url });
    expect(found!.configuration.endpoint).to.include({ model: 'only-one' });
    expect(found).to.include({ size: '14B', bits: 16 });
    const [same] = await readEntrants([`mine=${server.url}`], { ...how, model: 'all' });
    expect(same!.configuration.endpoint).to.include({ model: 'all' });
    expect(same).to.include({ size: undefined, bits: undefined });
  });

  it('are models of the embedded engine by name or by folder', () => {
    const endpoints = ['tb-1m', 'models/tb-1m'].map(
      (name) => embeddedEntrant(embeddedModel(name), '1M', PLAIN_PRECISIONS[0]!).configuration.endpoint,
    );
    for (const endpoint of endpoints) expect(endpoint).to.include({ kind: 'embedded', model: 'models/tb-1m' });
  });

  it('are refused in a sentence', async () => {
    expect(await refusal([server.url])).to.include('an address needs a name; accepted: FILE.yaml');
    expect(await refusal([`7B/lots=${server.url}`])).to.include('"7B/lots" is no SIZE/BITS; accepted: 14B/7.2');
    expect(await refusal(['a=4m-fp8', 'a=1m-fp8'])).to.include('two are named "a"');
    expect(await refusal(['4m-fp8', `7B/8=${server.url}#m`])).to.include('accepted: one kind');
    expect(await refusal(['no-such-file'])).to.include('no configuration "no-such-file"');
  });
});
