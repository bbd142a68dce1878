/**
 * A vocabulary as a tree of bytes, written flat in the order of a walk: what begins with bytes that may not come is passed over in one step,
 * and what has come is never looked at again for the tokens that share it.
 */

/** Nodes in the order of a walk from the root, which is not among them. */
export class TokenTrie {
  /** The byte that leads to each node. */
  readonly byte: Uint8Array;
  /** How many bytes lead to it, from 1. */
  readonly depth: Uint16Array;
  /** The first node behind it and all below it. */
  readonly end: Int32Array;
  /** The token whose bytes end here; -1 for none. Of several with the same bytes each has a node. */
  readonly token: Int32Array;

  /** @param tokens by id; those without bytes are left out */
  constructor(tokens: readonly (Uint8Array | undefined)[]) {
    // Latin-1 strings sort by their bytes, and faster than arrays.
    const sorted: { key: string; id: number }[] = [];
    tokens.forEach((bytes, id) => bytes && bytes.length > 0 && sorted.push({ key: Buffer.from(bytes).toString('latin1'), id }));
    sorted.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id - b.id));
    const [byte, depth, end, token]: [number[], number[], number[], number[]] = [[], [], [], []];
    /** Nodes on the way to the last token. */
    const open: number[] = [];
    const close = (length: number): void => {
      while (open.length > length) end[open.pop()!] = byte.length;
    };
    let previous = '';
    for (const { key, id } of sorted) {
      let shared = 0;
      while (shared < key.length && shared < previous.length && key.charCodeAt(shared) === previous.charCodeAt(shared)) shared++;
      // The same bytes again: a node of its own beside the last one's, unless others follow below that, which come later in order.
      if (shared === key.length) shared--;
      close(shared);
      for (let at = shared; at < key.length; at++) {
        open.push(byte.length);
        byte.push(key.charCodeAt(at));
        depth.push(at + 1);
        token.push(at === key.length - 1 ? id : -1);
      }
      previous = key;
    }
    close(0);
    this.byte = Uint8Array.from(byte);
    this.depth = Uint16Array.from(depth);
    this.end = Int32Array.from(end);
    this.token = Int32Array.from(token);
  }
}
