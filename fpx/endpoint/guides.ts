/** Guides for the answers of one model. */
import type { Automaton } from '../grammar/automaton.js';
import type { AnswerFormat } from '../grammar/format.js';
import { Guide } from '../grammar/guide.js';
import { TokenMasks, type Vocabulary } from '../grammar/token-masks.js';
import { guidedVocabulary, VocabularyError } from '../model/vocabulary.js';
import type { Tokenizer } from '../text/tokenizer.js';
import { ApiError } from './errors.js';
import { automatonOf } from './formats.js';

/** Makes guides; what was found out for a form serves all requests that ask for it. */
export class Guides {
  private vocabulary: Vocabulary | undefined;
  private readonly masks = new WeakMap<Automaton, TokenMasks>();

  /** @param size the model's logits */
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly endTokens: ReadonlySet<number>,
    private readonly size: number,
  ) {}

  /** A guide for one answer of this form. @throws ApiError 400 where this model cannot be kept to it */
  guide(format: AnswerFormat): Guide {
    const automaton = automatonOf(format);
    let masks = this.masks.get(automaton);
    if (masks === undefined) this.masks.set(automaton, (masks = new TokenMasks(automaton, this.spelled())));
    if (masks.first().allowed?.length === 0)
      throw new ApiError(
        400,
        'no token of this model can begin an answer of the form that is asked for',
        'unsupported_format',
        'response_format',
      );
    return new Guide(masks);
  }

  private spelled(): Vocabulary {
    try {
      return (this.vocabulary ??= guidedVocabulary(this.tokenizer, this.endTokens, this.size));
    } catch (error) {
      if (!(error instanceof VocabularyError)) throw error;
      throw new ApiError(400, `answers cannot be kept to a form: ${error.message}`, 'unsupported_format', 'response_format');
    }
  }
}
