/** A model in this process, to be calibrated: weights, tokenizer, chat template and what its prompts become. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { filesIdentity } from '../../../fpx/checkpoint/identity.js';
import { readModelConfig } from '../../../fpx/checkpoint/model-config.js';
import { ChatTemplate } from '../../../fpx/text/chat.js';
import { endTokensOf } from '../../../fpx/text/end-tokens.js';
import { Tokenizer } from '../../../fpx/text/tokenizer.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { greedyAnswer, type AnswerEnd, type Prompt } from '../../../fpx/sensitivity/answers.js';
import { loadConfiguration } from '../../configuration/configuration.js';
import { modelFolder } from '../../endpoints/start.js';
import { UsageError } from '../values.js';
import type { WrittenPrompt } from './prompts.js';

/** Tokens of an answer at most: an action is a few words. */
const LONGEST_ANSWER = 48;

/** Where a model lies, by its folder, by the name of one that is shipped, or by a configuration with an embedded endpoint. */
export function folderOf(model: string): string {
  if (!/\.ya?ml$/.test(model)) return modelFolder(model);
  const { endpoint } = loadConfiguration(model);
  if (endpoint.kind !== 'embedded')
    throw new UsageError(`${model}: its endpoint is ${endpoint.kind}; accepted: a model of the embedded engine`);
  return modelFolder(endpoint.model);
}

export class Subject {
  private constructor(
    readonly folder: string,
    readonly model: Transformer,
    readonly end: AnswerEnd,
    private readonly tokenizer: Tokenizer | undefined,
  ) {}

  /**
   * Loads a folder in BF16. One without a tokenizer takes tokens alone. @throws UsageError for weights that were quantised before, the engine's and
   * the tokenizer's errors, each a sentence
   */
  static async load(folder: string): Promise<Subject> {
    const { saved } = readModelConfig(folder);
    if (saved !== undefined)
      throw new UsageError(
        `${folder}: its weights are quantised already (${saved.form}), so what formats cost cannot be told from it; accepted: the model that it was made of, in F32, F16 or BF16`,
      );
    const tokenizer = existsSync(join(folder, 'tokenizer.json')) ? await Tokenizer.load(folder) : undefined;
    const model = await Transformer.load(folder, { default: 'bf16', units: {} });
    return new Subject(folder, model, { tokens: endTokensOf(folder, tokenizer), longest: LONGEST_ANSWER }, tokenizer);
  }

  get name(): string {
    return basename(resolve(this.folder));
  }

  /** A hash of the model's files; neither formats nor the engine's build are in it. */
  identity(): Promise<string> {
    return filesIdentity(this.folder);
  }

  /** Prompts as tokens. Where none is given, BF16's own answer is the one that is watched. @throws UsageError for a prompt too long */
  prompts(written: readonly WrittenPrompt[], onAnswer?: (done: number) => void): Prompt[] {
    const { maxPositions, vocabSize } = this.model.config;
    // A folder without a chat template serves plain text.
    const template = written.some(({ messages }) => messages) ? ChatTemplate.from(this.words.config) : undefined;
    return written.map(({ messages, text, tokens: given, answer }, i) => {
      const tokens = given ?? this.words.encode(messages ? template!.render(messages) : text!);
      const watched = typeof answer === 'string' ? this.words.encode(answer, { addSpecialTokens: false }) : answer;
      const unknown = [...tokens, ...(watched ?? [])].find((token) => token >= vocabSize);
      if (unknown !== undefined)
        throw new UsageError(`prompt ${i + 1}: token ${unknown} is not in the vocabulary; accepted: 0 to ${vocabSize - 1}`);
      const most = maxPositions - (watched?.length ?? LONGEST_ANSWER);
      if (tokens.length > most)
        throw new UsageError(`prompt ${i + 1} has ${tokens.length} tokens; accepted: at most ${most}, so that its answer fits in as well`);
      const own = watched ?? greedyAnswer(this.model, tokens, this.end);
      onAnswer?.(i + 1);
      return { tokens, answer: own };
    });
  }

  private get words(): Tokenizer {
    if (this.tokenizer) return this.tokenizer;
    throw new UsageError(`${this.folder} has no tokenizer.json; accepted: prompts that are tokens, {"tokens": [1, 2, 3]}`);
  }

  text(tokens: readonly number[]): string {
    return this.words.decode([...tokens]);
  }
}
