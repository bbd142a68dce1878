/**
 * The terms of a published plan: what of it everybody who is compared has to share. Which configurations played, and how much was reckoned
 * about them afterwards, is each submitter's own.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../envs/environment.js';
import { ConfigurationError, readYaml } from '../configuration/configuration.js';
import { canonicalJson, hashOf } from '../configuration/hash.js';
import { packageRoot } from '../host/root.js';
import { loadPlan, planSchema, type Plan, type TaskPlan } from '../sweep/plan.js';

const SHARED = ['seeds', 'confirmSeeds', 'speed', 'externalSpeed', 'confirmSpeed', 'timeoutMs', 'options', 'opponent', 'bots', 'patient'] as const satisfies readonly (keyof TaskPlan)[]; // prettier-ignore

/** A task's plan as everybody shares it, as JSON. */
export type Terms = { [key: string]: Json };

/** What of a task's plan is shared. */
export function termsOf(plan: TaskPlan): Terms {
  return JSON.parse(canonicalJson(Object.fromEntries(SHARED.map((key) => [key, plan[key]])))) as Terms;
}

/** A name for these terms, so that only what was played alike stands in one table: 16 hexadecimal digits. */
export function termsDigest(task: string, terms: Terms): string {
  return hashOf([task, terms], 16);
}

/** Where a task's terms are not the published ones, in words; undefined when they are. */
export function otherTerms(found: Terms, published: Terms): string | undefined {
  for (const key of new Set([...Object.keys(published), ...Object.keys(found)])) {
    // What is said to be nothing is not the same as what is not said: terms have a hash, and by that a table.
    const [is, accepted] = [found, published].map((terms) => (Object.hasOwn(terms, key) ? canonicalJson(terms[key]!) : 'not there')) as [string, string]; // prettier-ignore
    if (is !== accepted) return `${key} is ${shortened(is)}; published is ${shortened(accepted)}`;
  }
  return undefined;
}

function shortened(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}

/** The plans that a board compares by: those of the package, and of a folder of the operator's own, which go first. */
export class PublishedPlans {
  private readonly files = new Map<string, string>();
  private readonly plans = new Map<string, Plan>();

  /** @throws ConfigurationError for a plan file that cannot be read */
  constructor(folder?: string) {
    for (const place of [join(packageRoot(), 'fpx-configs'), ...(folder === undefined ? [] : [folder])]) {
      if (!existsSync(place)) throw new ConfigurationError(`${place}: no such folder; a folder of plans is expected`);
      for (const name of readdirSync(place).filter((each) => /\.ya?ml$/.test(each))) {
        const path = join(place, name);
        const raw = readYaml(path);
        if (typeof raw !== 'object' || raw === null || !('plan' in raw)) continue;
        const parsed = planSchema.shape.plan.safeParse(raw.plan);
        if (parsed.success) this.files.set(parsed.data, path);
      }
    }
  }

  get names(): string[] {
    return [...this.files.keys()].sort();
  }

  /** A plan by its name; undefined when none is published under it. @throws ConfigurationError when its file cannot be used */
  plan(name: string): Plan | undefined {
    const path = this.files.get(name);
    if (path === undefined) return undefined;
    const plan = this.plans.get(name) ?? loadPlan(path);
    this.plans.set(name, plan);
    return plan;
  }
}
