/** The thread that preparation.ts gives bodies to: its own tokenizer and template, one body after another. */

import { parentPort, workerData } from 'node:worker_threads';
import { ChatTemplate } from '../text/chat.js';
import { Tokenizer } from '../text/tokenizer.js';
import { bodyText } from './bodies.js';
import { ApiError } from './errors.js';
import type { PreparationJob, PreparationResult, PreparationSettings } from './preparation.js';
import { preparePrompt, type PromptMaker } from './prompt.js';

const { modelDir, ...settings } = workerData as PreparationSettings;
const port = parentPort!;

function work(maker: PromptMaker, { id, body, kind }: PreparationJob): void {
  let result: PreparationResult;
  try {
    const { settings: asked, prompt } = preparePrompt(maker, bodyText(body), kind);
    result = { id, prepared: { settings: asked, prompt: Int32Array.from(prompt) } };
  } catch (error) {
    if (error instanceof ApiError) {
      const { status, message, code, param } = error;
      result = { id, refused: { status, message, code, param } };
    } else {
      result = { id, failed: error instanceof Error ? error.message : String(error) };
    }
  }
  port.postMessage(result);
}

const tokenizer = await Tokenizer.load(modelDir);
const maker: PromptMaker = { ...settings, tokenizer, template: ChatTemplate.from(tokenizer.config) };
port.on('message', (job: PreparationJob) => work(maker, job));
