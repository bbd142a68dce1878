/** A configuration's answers on a probe bank as a file, a line each as they come: a run that was stopped asks only what is missing. */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Action, AnyTask, Json } from '../../envs/environment.js';
import { fileFault } from '../host/fault.js';
import type { ProbeAnswer } from '../oracle/probe.js';
import { StoreError } from './store.js';

const head = z.object({ answers: z.literal('probes.v1'), key: z.string() });

/** An answer as the task writes it, or none and why. */
const line = z.object({
  id: z.string(),
  answer: z.string().nullable(),
  rejected: z.string().optional(),
  latencyUs: z.number().int().min(0),
});

export class ProbeAnswers {
  private readonly answers = new Map<string, ProbeAnswer>();

  /**
   * Takes up what an earlier run was answered under the same key, up to the first line that is damaged. The file is made by the first answer.
   * @param key what the answers depend on: the bank's states and the entrant's identity
   */
  constructor(
    private readonly path: string,
    private readonly key: string,
    private readonly task: AnyTask,
  ) {
    let kept = '';
    for (const text of this.earlier()) {
      const answer = this.read(text);
      if (!answer) break;
      this.answers.set(...answer);
      kept += `${text}\n`;
    }
    if (this.answers.size === 0) return;
    // What was damaged would stand between these answers and those to come.
    this.guarded(() => {
      writeFileSync(`${path}.partial`, `${this.headLine()}\n${kept}`);
      renameSync(`${path}.partial`, path);
    });
  }

  get size(): number {
    return this.answers.size;
  }

  get(id: string): ProbeAnswer | undefined {
    return this.answers.get(id);
  }

  /** Keeps an answer. @throws StoreError when it cannot be written */
  add(id: string, answer: ProbeAnswer): void {
    const { action, rejected, latencyUs } = answer;
    const told = {
      id,
      answer: action === undefined ? null : this.task.write(action),
      ...(rejected === undefined ? {} : { rejected }),
      latencyUs,
    };
    this.guarded(() => {
      if (this.answers.size === 0) writeFileSync(this.path, `${this.headLine()}\n`);
      appendFileSync(this.path, `${JSON.stringify(told)}\n`);
    });
    this.answers.set(id, answer);
  }

  private headLine(): string {
    return JSON.stringify({ answers: 'probes.v1', key: this.key });
  }

  /** The lines behind a head of the same key; none when there is no such file, or it is something else. */
  private earlier(): string[] {
    if (!existsSync(this.path)) return [];
    try {
      const [first = '', ...rest] = readFileSync(this.path, 'utf8').split('\n');
      return head.parse(JSON.parse(first)).key === this.key ? rest : [];
    } catch {
      return []; // asked anew
    }
  }

  private read(text: string): [string, ProbeAnswer] | undefined {
    try {
      const { id, answer, rejected, latencyUs } = line.parse(JSON.parse(text));
      if (answer === null) return [id, { rejected: rejected ?? 'no action', latencyUs }];
      const parsed = this.task.parse(answer, true);
      return parsed.kind === 'action' ? [id, { action: parsed.action as Action<Json>, latencyUs }] : undefined;
    } catch {
      return undefined;
    }
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw new StoreError(`the answers in ${this.path}: ${fileFault(error)}`);
    }
  }
}
