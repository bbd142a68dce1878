/** Who is asked about each observation of one match: by a fixed rule, or by what was learned in this match so far. */
import type { AnyTask, Micros } from '../../envs/environment.js';
import type { Choice, Earned } from '../../scoring/trace/trace.js';
import type { AdaptiveConfiguration } from '../configuration/agent.js';
import { ruled, type Rule } from '../configuration/choosing.js';
import { CreditBook } from './credit.js';
import { Learner } from './learner.js';

/** Where a task tells nothing apart, everything is this. */
const ANY = 'any';

/** What the chooser looks at. */
export interface Seen {
  seq: number;
  at: Micros;
  state: unknown;
}

export class Chooser {
  private readonly task: AnyTask;
  private readonly rule: Rule | undefined;
  private readonly learner: Learner | undefined;
  private readonly book: CreditBook<Choice> | undefined;

  /**
   * @param seed the same observations after the same seed give the same choices
   * @throws Error where the task tells nothing apart and a choice is to be learned, or no rule is given for it
   */
  constructor({ name, members, rules, learning }: AdaptiveConfiguration, task: AnyTask, seed: number) {
    this.task = task;
    const { glance } = task;
    if (learning) {
      if (!glance) throw new Error(`${name}: ${task.name} tells no situations apart to learn in; accepted: a rule`);
      const arms = members.map(({ role }) => role);
      this.learner = new Learner(arms, learning, seed);
    } else {
      this.rule = rules && Object.hasOwn(rules, task.name) ? rules[task.name] : undefined;
      if (!this.rule) throw new Error(`${name}: no rule for ${task.name}; its file has rules for ${Object.keys(rules ?? {}).join(', ')}`);
    }
    if (glance)
      this.book = new CreditBook(glance, learning?.creditMs === undefined ? glance.creditUs : Math.round(learning.creditMs * 1000));
  }

  /** Takes in what earlier decisions have earned by now, and chooses. */
  choose({ seq, at, state }: Seen): { choice: Choice; earned: Earned[] } {
    const credits = this.book?.seen(at, state) ?? [];
    for (const { note, gain, overUs } of credits) this.learner?.learn(note.situation, note.arm, gain, overUs);
    const situation = this.task.glance?.situation(state) ?? ANY;
    const choice = { arm: this.learner?.choose(situation) ?? ruled(this.rule!, situation), situation };
    this.book?.decided(seq, at, state, choice);
    return { choice, earned: credits.map(({ seq: of, gain, overUs }) => ({ seq: of, gain, overUs })) };
  }

  /** The call that was chosen failed: nothing is learned about who was asked. */
  failed(seq: number): void {
    this.book?.forget(seq);
  }
}
