/** Writes recordings by hand. */
import { BUY, type Side } from '../../../../envs/hft/exchange/book.js';
import {
  ASK,
  BID,
  CANCEL,
  CLEAR,
  CROSS,
  EXECUTE,
  HIDDEN_ASK,
  HIDDEN_BID,
  type ReplayMessages,
} from '../../../../envs/hft/replay/messages.js';

export class Script {
  readonly messages: ReplayMessages = { opening: 0, wait: [], what: [], of: [], size: [] };
  private orders = 0;
  private written = 0;
  private now = 0;

  /** An order of the opening book. @returns its number */
  open(side: Side, price: number, size: number): number {
    this.messages.opening++;
    return this.add(side, price, size);
  }

  /** What follows happens at this time. */
  at(us: number): this {
    this.now = us;
    return this;
  }

  /** @returns the order's number */
  add(side: Side, price: number, size: number): number {
    this.write(side === BUY ? BID : ASK, price, size);
    return this.orders++;
  }

  cancel(order: number, size: number): this {
    return this.write(CANCEL, order, size);
  }

  execute(order: number, size: number): this {
    return this.write(EXECUTE, order, size);
  }

  hidden(side: Side, price: number, size: number): this {
    return this.write(side === BUY ? HIDDEN_BID : HIDDEN_ASK, price, size);
  }

  cross(price: number, size: number): this {
    return this.write(CROSS, price, size);
  }

  clear(): this {
    return this.write(CLEAR, 0, 0);
  }

  private write(what: number, of: number, size: number): this {
    this.messages.wait.push(this.now - this.written);
    this.messages.what.push(what);
    this.messages.of.push(of);
    this.messages.size.push(size);
    this.written = this.now;
    return this;
  }
}
