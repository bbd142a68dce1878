import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '../../../harness/configuration/configuration.js';
import { DEPLOYABLE, deploymentOf } from '../../../fpx/export/deployment.js';
import { knownModels } from '../../../fpx/export/model-shapes.js';
import { serveConfiguration, serveLine } from '../../../fpx/export/serving.js';

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
});
