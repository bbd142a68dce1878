import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '../../../harness/configuration/configuration.js';
import { DEPLOYABLE, deploymentOf } from '../../../fpx/checkpoint/deployment.js';
import { knownModels } from '../../../fpx/export/model-shapes.js';
import { packageRoot } from '../../../fpx/root.js';
import { serveConfiguration, serveLine } from '../../../fpx/export/serving.js';
import { known } from './maps.js';

describe('serving', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-serving-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('has a configuration that the harness loads, for every model, format and server, and that starts what the line starts', () => {
    const path = join(folder, 'c.yaml');
    for (const model of knownModels()) {
      for (const server of ['vllm', 'sglang'] as const) {
        for (const format of DEPLOYABLE) {
          const deployment = deploymentOf(model, { default: 'bf16', units: { 'layers.*.*': format, 'layers.0.o': 'fp4' } });
          writeFileSync(path, serveConfiguration(server, deployment));
          const { name, size, endpoint } = loadConfiguration(path);
          if (endpoint.kind !== 'command') throw new Error(`kind ${endpoint.kind}`);
          const line = serveLine(server, deployment)
            .replaceAll(/\\\n +/g, '')
            .trim();
          expect(endpoint.command.trim()).to.equal(line);
          expect(line)
            .to.include(`--served-model-name ${endpoint.model} `)
            .and.include(`--port ${new URL(endpoint.url).port}`);
          expect(deployment.name.startsWith(name)).to.equal(true);
          expect(model.id).to.include(`-${size}`);
          const thinking = { chat_template_kwargs: { enable_thinking: false } };
          expect(endpoint.extra).to.deep.equal(model.id.includes('Qwen3') ? thinking : {});
        }
      }
    }
  });

  it('is shown in the shipped examples as it is exported', () => {
    const shown = { vllm: 'Qwen/Qwen2.5-7B-Instruct', sglang: 'Qwen/Qwen3-8B' };
    const path = join(folder, 'exported.yaml');
    for (const server of ['vllm', 'sglang'] as const) {
      writeFileSync(path, serveConfiguration(server, deploymentOf(known(shown[server]), { default: 'fp8', units: {} })));
      const { name: _, ...exported } = loadConfiguration(path);
      const { name, ...example } = loadConfiguration(join(packageRoot(), 'fpx-configs', `${server}.yaml`));
      expect(name).to.equal(server);
      expect(example).to.deep.equal(exported);
    }
  });
});
