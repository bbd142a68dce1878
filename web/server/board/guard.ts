/** Who may do what on a board: tokens where any were issued, and how often anybody may ask. */
import { rateLimit, type RateLimitRequestHandler } from 'express-rate-limit';
import type { Request } from 'express';
import { Refusal } from '../store/refusal.js';
import { LOCAL, type Caller, type Scope, type Tokens } from '../store/tokens.js';

/** How often anybody may ask. */
export interface Rates {
  /** Requests a minute from one address. */
  readsPerMinute: number;
  /** Bundles an hour from one address. */
  bundlesPerHour: number;
  /** Tokens that are none, a quarter of an hour from one address. */
  wrongTokens: number;
}

const USUAL_RATES: Rates = { readsPerMinute: 600, bundlesPerHour: 60, wrongTokens: 30 };

export class Guard {
  readonly reads: RateLimitRequestHandler;
  /** Of whether it is up and of its metrics: counted apart, so that whoever watches a board is not shut out by its readers. */
  readonly checks: RateLimitRequestHandler;
  readonly bundles: RateLimitRequestHandler;
  readonly wrongTokens: RateLimitRequestHandler;

  /** @param isLoopback whether this machine alone can reach the board */
  constructor(
    private readonly tokens: Tokens,
    private readonly isLoopback: boolean,
    rates: Rates = USUAL_RATES,
  ) {
    const limit = (windowMs: number, most: number, what: string, more: object = {}): RateLimitRequestHandler =>
      rateLimit({
        windowMs,
        limit: most,
        standardHeaders: true,
        legacyHeaders: false,
        validate: false, // it would print stacks about proxies, which this server does not ask about
        handler: (_request, _response, next) =>
          next(new Refusal(429, 'too_often', `more than ${most} ${what} from one address; try again later`)),
        ...more,
      });
    this.reads = limit(60_000, rates.readsPerMinute, 'requests a minute');
    this.checks = limit(60_000, rates.readsPerMinute, 'requests a minute');
    this.bundles = limit(3_600_000, rates.bundlesPerHour, 'bundles an hour');
    this.wrongTokens = limit(900_000, rates.wrongTokens, 'tokens that are none within a quarter of an hour', {
      skipSuccessfulRequests: true,
      requestWasSuccessful: (_request: Request, response: { statusCode: number }) => response.statusCode !== 401,
    });
  }

  /** Who asks for something that not everybody may. @throws Refusal */
  async caller(request: Request, scope: Scope): Promise<Caller> {
    const shown = /^Bearer\s+(\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (shown === undefined) {
      if (request.headers.authorization === undefined && this.isLoopback && !(await this.tokens.isAny())) return LOCAL;
      throw new Refusal(401, 'no_token', 'a token of this board is asked for (Authorization, scheme Bearer); the operator issues them');
    }
    const caller = await this.tokens.caller(shown);
    if (!caller.scopes.includes(scope)) throw new Refusal(403, 'out_of_scope', `this token is for ${caller.scopes.join(' and ')}, and ${scope} is asked for`); // prettier-ignore
    return caller;
  }
}
