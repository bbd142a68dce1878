/**
 * Reads an answer as it streams in. An action is a statement closed by `;` or by the end of its line: until then a continuation could
 * still change it (`buy 1` may become `buy 10`), so nothing is released. Lines before it that are no action are passed over as prose;
 * a line that starts like an action and is none is rejected with a reason, because guessing at orders is worse than refusing.
 */
import type { Parsed } from '../environment.js';
import { ACCEPTED } from './actions.js';
import type { HftPlan } from './state.js';
import { readStatement, startsLikeAction } from './statement.js';

/** An answer that has not come to an action by then is rejected, so that an endless one cannot hold a seat. */
const MAX_ANSWER = 4000;

/** Pure. Any text that has been decided on stays decided, whatever follows. */
export function parse(answer: string, ended: boolean): Parsed<HftPlan> {
  let rest = answer.trimStart();
  // Thinking aloud in the usual tags is never read for orders.
  if (rest.startsWith('<think>')) {
    const close = rest.indexOf('</think>');
    if (close < 0) return ended ? { kind: 'rejected', reason: `the thinking never ended; accepted: ${ACCEPTED}` } : { kind: 'more' };
    rest = rest.slice(close + '</think>'.length);
  }
  for (;;) {
    const end = rest.search(/[;\n]/);
    if (end < 0 && !ended) break;
    const closed = end >= 0 && rest[end] === ';';
    const line = cleaned(end < 0 ? rest : rest.slice(0, end));
    if (line !== '') {
      const read = readStatement(line);
      if ('action' in read) return { kind: 'action', action: read.action };
      if (closed || startsLikeAction(line)) return { kind: 'rejected', reason: read.reason };
    }
    if (end < 0) return { kind: 'rejected', reason: `no action in the answer; accepted: ${ACCEPTED}` };
    rest = rest.slice(end + 1);
  }
  return answer.length > MAX_ANSWER
    ? { kind: 'rejected', reason: `no action within ${MAX_ANSWER} characters; accepted: ${ACCEPTED}` }
    : { kind: 'more' };
}

/** A line in lower case without quoting, bullets and a label such as "Action:". */
function cleaned(line: string): string {
  return line
    .toLowerCase()
    .replace(/^.*:/, '')
    .replace(/^[\s`"'*>()-]+|[\s`"'*().]+$/g, '');
}
