/**
 * A conversation as the text a model was trained on: applies the model folder's own Jinja chat template.
 */
import { Template } from '@huggingface/jinja';
import type { TokenizerConfig } from './tokenizer.js';

/** A turn of a conversation, as a template sees it. */
export interface ChatMessage {
  role: string;
  content: string;
  /** Who speaks, where a role has several. */
  name?: string;
  /** What an assistant thought before its answer; templates of reasoning models place it. */
  reasoning_content?: string;
}

/** The template is missing, or refuses these messages (many refuse a system role, or two user turns in a row). */
export class ChatTemplateError extends Error {
  override name = 'ChatTemplateError';
}

function sourceOf(given: TokenizerConfig['chat_template']): string | null | undefined {
  if (!Array.isArray(given)) return given;
  const chosen = given.find((each) => each.name === 'default') ?? (given.length === 1 ? given[0] : undefined);
  if (chosen === undefined && given.length > 0) {
    throw new ChatTemplateError(`of the chat templates ${given.map((each) => `"${each.name}"`).join(', ')} none is named "default"`);
  }
  return chosen?.template;
}

/** A compiled chat template. */
export class ChatTemplate {
  private constructor(
    private readonly template: Template,
    private readonly variables: Record<string, unknown>,
  ) {}

  /** Compiles a model's template; of several it takes the one named `default`, or the only one. @throws ChatTemplateError */
  static from(config: TokenizerConfig): ChatTemplate {
    const source = sourceOf(config.chat_template);
    if (!source) {
      throw new ChatTemplateError(
        'this model has no chat template: neither "chat_template" in tokenizer_config.json nor a chat_template.jinja file; add one of them',
      );
    }
    let template: Template;
    try {
      template = new Template(source);
    } catch (error) {
      // The library reads past the end of a template that ends inside a block or a statement.
      const why = error instanceof TypeError ? 'it ends inside a block that it does not close' : (error as Error).message;
      throw new ChatTemplateError(`the chat template cannot be read: ${why}`, { cause: error });
    }
    const { bos_token = null, eos_token = null, unk_token = null, pad_token = null } = config;
    return new ChatTemplate(template, { bos_token, eos_token, unk_token, pad_token });
  }

  /**
   * The prompt text that asks for the assistant's next turn.
   * @param variables more template variables, such as `enable_thinking` (the request's `chat_template_kwargs`)
   * @throws ChatTemplateError with the template's own reason, naming the roles it was given
   */
  render(messages: readonly ChatMessage[], variables: Readonly<Record<string, unknown>> = {}): string {
    try {
      return this.template.render({
        ...this.variables,
        ...variables,
        messages,
        add_generation_prompt: true,
        tools: null,
      });
    } catch (error) {
      const roles = messages.map((message) => message.role).join(', ');
      throw new ChatTemplateError(`the chat template refuses these messages (roles: ${roles}): ${(error as Error).message}`);
    }
  }
}
