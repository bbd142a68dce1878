/** Characters that are not shown as they are: names come from outside, and what turns the direction of writing or is seen by nobody makes one look like another. */
const UNSEEN = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** A text with a sign in place of each of them. */
export function seen(text: string): string {
  return text.replace(UNSEEN, '\ufffd');
}
