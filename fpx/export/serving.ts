/** Lines that serve a deployment with vLLM or SGLang, as a shell script and as a Tickbench configuration that starts the server itself. */
import type { Deployment } from '../checkpoint/deployment.js';
import type { ModelShape } from './model-shapes.js';

export type Server = 'vllm' | 'sglang';

/** Where a server listens unless told otherwise. */
const PORT: Record<Server, number> = { vllm: 8001, sglang: 8002 };

/** Longest name of a configuration. */
const LONGEST_NAME = 40;

/**
 * The checkpoint that a server loads: the model itself where all stays BF16, else the folder that llm-compressor or ModelOpt wrote.
 * compressed-tensors with several groups is not assured in SGLang, so a mix goes there by way of ModelOpt.
 */
export function checkpointOf(server: Server, { formats, model, name }: Deployment): string {
  if (formats.length === 0) return model.id;
  return viaModelopt(server, formats.length) ? `./${name}-modelopt` : `./${name}`;
}

/** Whether a server takes so many formats only from ModelOpt. */
export function viaModelopt(server: Server, formats: number): boolean {
  return server === 'sglang' && formats > 1;
}

/** The command in parts that belong on one line. Servers find the format in the checkpoint, so none is named. */
export function serveCommand(server: Server, deployment: Deployment): string[] {
  const checkpoint = checkpointOf(server, deployment);
  const { name } = deployment;
  if (server === 'vllm')
    return [
      `vllm serve ${checkpoint}`,
      `--served-model-name ${name}`,
      `--max-model-len 4096 --gpu-memory-utilization 0.9 --port ${PORT.vllm}`,
    ];
  return [
    'python3 -m sglang.launch_server',
    `--model-path ${checkpoint}`,
    `--served-model-name ${name}`,
    `--context-length 4096 --mem-fraction-static 0.85 --port ${PORT.sglang}`,
  ];
}

/** The command for a shell. */
export function serveLine(server: Server, deployment: Deployment): string {
  return `${serveCommand(server, deployment).join(' \\\n  ')}\n`;
}

/** A configuration (fpx-configs/*.yaml) that starts the server, plays with it and stops it. */
export function serveConfiguration(server: Server, deployment: Deployment<ModelShape>): string {
  const { model, name } = deployment;
  const size = /-(\d+(?:\.\d+)?[BM])\b/.exec(model.id)?.[1];
  // Qwen3 reasons before it answers unless its template is told not to; no other family here has such a switch.
  const extra = model.headNorms ? ['  extra: { chat_template_kwargs: { enable_thinking: false } }'] : [];
  return [
    `name: ${name.slice(0, LONGEST_NAME)}`,
    ...(size === undefined ? [] : [`size: ${size}`]),
    'endpoint:',
    '  kind: command',
    '  command: >-',
    ...serveCommand(server, deployment).map((part) => `    ${part}`),
    `  url: http://127.0.0.1:${PORT[server]}/v1`,
    `  model: ${name}`,
    '  healthPath: /health',
    '  startTimeoutS: 1200',
    ...extra,
    'request: { temperature: 0, maxTokens: 32, timeoutMs: 4000 }',
    'prompt: plain',
    '',
  ].join('\n');
}
