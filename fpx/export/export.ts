/** What is exported for each tool: files, the first of which is the one to print when they are not written anywhere. */
import { compressedTensorsConfig } from '../checkpoint/compressed-tensors.js';
import type { Deployment } from '../checkpoint/deployment.js';
import { modelOptConfig } from '../checkpoint/modelopt.js';
import { ExportError, mustQuantize } from './errors.js';
import { gpuScript } from './gpu-script.js';
import type { ModelShape } from './model-shapes.js';
import { recipeYaml } from './recipe.js';
import { head } from './remarks.js';
import { checkpointOf, serveConfiguration, serveLine, viaModelopt, type Server } from './serving.js';

export const TARGETS = ['vllm', 'sglang', 'llm-compressor', 'modelopt'] as const;
export type Target = (typeof TARGETS)[number];

export interface ExportedFile {
  name: string;
  text: string;
}

export interface ExportSettings {
  /** Compute capability of the GPU, such as 9.0; absent where it is not known. */
  capability?: number;
  /** With llm-compressor: the Python script that runs the recipe. */
  script?: boolean;
}

/** What a target gets. @throws ExportError when it has no use for the deployment */
export function exportFor(target: Target, deployment: Deployment<ModelShape>, settings: ExportSettings = {}): ExportedFile[] {
  if (settings.script && target !== 'llm-compressor') throw new ExportError(`--script goes with --for llm-compressor, not ${target}`);
  switch (target) {
    case 'vllm':
    case 'sglang':
      return serverFiles(target, deployment, settings);
    case 'llm-compressor':
      return recipeFiles(deployment, settings);
    case 'modelopt':
      return modeloptFiles(deployment, settings);
  }
}

/** Remarks on an export whose first file can hold no comment: JSON. */
export function remarksBeside(target: Target, deployment: Deployment<ModelShape>, { capability }: ExportSettings = {}): string | undefined {
  return target === 'modelopt' ? head(deployment, MODELOPT_ABOUT, capability) : undefined;
}

function serverFiles(server: Server, deployment: Deployment<ModelShape>, { capability }: ExportSettings): ExportedFile[] {
  const { formats } = deployment;
  const checkpoint = checkpointOf(server, deployment);
  const about: string[] = [];
  if (viaModelopt(server, formats.length))
    about.push(
      'SGLang loads mixed checkpoints of ModelOpt; that it loads compressed-tensors with several groups is not assured. ' +
        `So ${checkpoint} is ModelOpt's: see tickbench fpx export --for modelopt.`,
    );
  else if (formats.length > 0)
    about.push(`${checkpoint} is what the script of tickbench fpx export --for llm-compressor --script writes, or tickbench fpx quantize.`);
  if (formats.length > 0) about.push('Record beside a figure which kernel really ran: the server says so when it starts.');
  const comment = head(deployment, about, capability);
  const files = [
    { name: 'serve.sh', text: `#!/bin/sh\n${comment}exec ${serveLine(server, deployment)}` },
    { name: `${deployment.name}.yaml`, text: comment + serveConfiguration(server, deployment) },
  ];
  if (formats.length > 0 && !viaModelopt(server, formats.length))
    files.push({ name: 'quantization_config.json', text: json(compressedTensorsConfig(deployment)) });
  return files;
}

function recipeFiles(deployment: Deployment<ModelShape>, { capability, script }: ExportSettings): ExportedFile[] {
  const about = [
    'A recipe for llm-compressor: oneshot(model, dataset, recipe). Its checkpoint is loaded by vLLM.',
    'The global scales of FP4 must be equal in q, k and v, and in gate and up: the script that --script writes runs this recipe and looks.',
  ];
  const recipe = { name: 'recipe.yaml', text: `${head(deployment, about, capability)}${recipeYaml(deployment)}` };
  return script ? [{ name: 'quantize.py', text: gpuScript(deployment, recipe.text) }, recipe] : [recipe];
}

const MODELOPT_ABOUT = [
  "hf_quant_config.json lies beside a ModelOpt checkpoint's tensors; quantization_config.json is the value of that key in its " +
    'config.json, which vLLM prefers. They say how ModelOpt is to quantise each layer; ModelOpt itself writes the tensors.',
];

function modeloptFiles(deployment: Deployment<ModelShape>, { capability }: ExportSettings): ExportedFile[] {
  mustQuantize(deployment, 'ModelOpt');
  const { config, file } = modelOptConfig(deployment);
  return [
    { name: 'hf_quant_config.json', text: json(file) },
    { name: 'quantization_config.json', text: json(config) },
    { name: 'README.txt', text: head(deployment, MODELOPT_ABOUT, capability).replaceAll(/^# ?/gm, '') },
  ];
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
