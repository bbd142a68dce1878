/** Files that people write: a key that may not stand there is refused with where it stands and which keys may. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, loadConfiguration } from '../../../harness/configuration/configuration.js';
import { parseGatewaySettings } from '../../../harness/gateway/settings.js';
import { loadCatalogue } from '../../../harness/planning/catalogue.js';
import { readRequirement } from '../../../harness/planning/requirement.js';
import { loadPlan } from '../../../harness/sweep/plan.js';

describe('a key that may not stand in a file', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-keys-'))));
  after(() => rmSync(folder, { recursive: true }));

  const written = (text: string): string => {
    const path = join(folder, 'file.yaml');
    writeFileSync(path, text);
    return path;
  };

  it('is told with those that may, in every kind of file', () => {
    const cases: [read: () => unknown, says: RegExp][] = [
      [() => loadConfiguration(written('endpont: {}')), /top level.*no such key "endpont"; accepted: name, size, endpoint, .*parser/],
      [() => loadConfiguration(written('endpoint: { kind: openai, url: "http://x/v1", model: m, speed: 2 }')), /endpoint: no such key "speed"; accepted: .*url/],
      [() => loadPlan(written('plan: p\ntask: {}')), /top level.*no such key "task"; accepted: plan, about, configurations/],
      [() => parseGatewaySettings({ backends: [], scheduling: { high: 1 } }, 'g'), /scheduling: no such key "high"; accepted: highMark, lowMark/],
      [() => readRequirement(written('tickbench: requirement.v1\nabout: x\nstages: {}')), /top level.*no such key "about"; accepted: .*stages/],
      [() => loadCatalogue(written('tickbench: catalogue.v1\ndevces: []')), /top level.*no such key "devces"; accepted: tickbench, /],
    ]; // prettier-ignore
    for (const [read, says] of cases) expect(read).to.throw(ConfigurationError, says);
  });
});
