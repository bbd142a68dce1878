/**
 * Prompts as files: the system text, a line `=== user ===`, the user text. `{{state}}` becomes the observation's text and `{{actions}}` the
 * task's list of actions, which comes from the table its parser reads. What does not change comes first, so that servers can cache it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { AnyTask, TaskName } from '../../envs/environment.js';
import { packageRoot } from '../host/root.js';
import { fileFault } from '../host/fault.js';

const MARK = '=== user ===';

/** A prompt file that cannot be used: which, and what is wrong with it. */
export class PromptError extends Error {
  override name = 'PromptError';
}

/** The two messages of a call. */
export interface Prompt {
  system: string;
  user: string;
}

/** A prompt, ready to be filled with states. */
export class PromptTemplate {
  private constructor(
    readonly system: string,
    private readonly user: string,
  ) {}

  /** Reads a template's text for a task. @throws PromptError naming `where` */
  static parse(text: string, task: AnyTask, where: string): PromptTemplate {
    const lines = text.split('\n');
    const mark = lines.findIndex((line) => line.trim() === MARK);
    if (mark < 0) throw new PromptError(`${where}: no line "${MARK}" between the system text and the user text`);
    for (const [, name] of text.matchAll(/\{\{([^{}]*)\}\}/g))
      if (name !== 'state' && name !== 'actions')
        throw new PromptError(`${where}: unknown placeholder {{${name}}}; {{state}} and {{actions}} are known`);
    const filled = (part: string[]): string =>
      part
        .join('\n')
        .replaceAll('{{actions}}', () => task.actionsText())
        .trim();
    const system = filled(lines.slice(0, mark));
    const user = filled(lines.slice(mark + 1));
    if (system.includes('{{state}}'))
      throw new PromptError(`${where}: {{state}} belongs into the user text, so that the system text stays the same`);
    if (!user.includes('{{state}}')) throw new PromptError(`${where}: no {{state}} in the user text`);
    return new PromptTemplate(system, user);
  }

  /** The messages for one observation's text. */
  fill(state: string): Prompt {
    return { system: this.system, user: this.user.replaceAll('{{state}}', () => state) };
  }
}

/**
 * A task's prompt: a shipped one by its name (`plain`), or a file of the user's by its path (anything with a slash, or ending in .txt).
 * @throws PromptError when there is none, or it is not usable
 */
export function loadPrompt(task: AnyTask, name: string): PromptTemplate {
  const shipped = promptFolder(task);
  const isPath = isAbsolute(name) || name.includes('/') || name.endsWith('.txt');
  const path = isPath ? resolve(name) : join(shipped, `${name}.txt`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isPath) throw new PromptError(`${path}: ${fileFault(error)}`);
    throw new PromptError(`${task.name} has no prompt "${name}"; there are ${promptNames(task).join(', ')}, or give the path of a file`);
  }
  return PromptTemplate.parse(text, task, path);
}

/** The name that is configured for a task: one for all, or its own, `plain` where it has none. */
export function promptFor(task: AnyTask, names: string | Partial<Record<TaskName, string>>): string {
  return typeof names === 'string' ? names : (names[task.name] ?? 'plain');
}

function promptFolder(task: AnyTask): string {
  return join(packageRoot(), 'envs', task.folder ?? task.name, 'prompts');
}

/** The shipped prompts of a task. */
export function promptNames(task: AnyTask): string[] {
  return readdirSync(promptFolder(task))
    .filter((file) => file.endsWith('.txt'))
    .map((file) => file.slice(0, -4))
    .sort();
}
