/** A table that may be wider than the page: it is scrolled by itself, by keyboard too. */
import { markup, type Markup, type Part } from './markup.js';

/** @param name its caption */
export function wideTable(name: string, head: Part, body: Part): Markup {
  return markup`<div class="sweep-table" role="region" aria-label="${name}" tabindex="0"><table><caption>${name}</caption><thead>${head}</thead><tbody>
${body}</tbody></table></div>`; // prettier-ignore
}
