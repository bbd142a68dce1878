/** The tasks that the page draws: the one place in it, beside their own folders, where their names stand. */
import { fighterPage } from './fighter/page.js';
import { marketPage } from './market/page.js';
import type { Match } from './watched.js';
import type { WorldView } from './world.js';

/** What the page must know of a task. */
export interface TaskPage {
  title: string;
  /** What a tick is called: latencies are told in ticks too. */
  tickName: string;
  /** The reward of a match in its unit, from the task's integer unit. */
  rewardText(amount: number): string;
  /** What a stale answer is, in words, and how many of a seat's a scene counts; absent where the task counts none. */
  stale?: { means: string; answers(scene: unknown, seat: number): number };
  /** Draws its world. @param changed called when somebody has chosen to see something else of the match */
  view(match: Match, changed: () => void): WorldView;
}

const PAGES: Readonly<Record<string, TaskPage>> = { fighter: fighterPage, hft: marketPage };

/** A task's page. @throws where the page has none for it */
export function pageOf(task: string): TaskPage {
  if (!Object.hasOwn(PAGES, task)) throw new Error(`the page draws no matches of ${task}, only of ${Object.keys(PAGES).join(' and ')}`);
  return PAGES[task]!;
}

/** What a task is called on the page; its name where the page does not know it. */
export function titleOf(task: string): string {
  return Object.hasOwn(PAGES, task) ? PAGES[task]!.title : task;
}

/** A match's reward in its unit; as the task's integer unit where the page does not know the task. */
export function rewardText(task: string, amount: number): string {
  return Object.hasOwn(PAGES, task) ? PAGES[task]!.rewardText(amount) : String(amount);
}

/** How many of a seat's answers so far the scene counts as stale; 0 where its task counts none. */
export function staleCount(task: string, scene: unknown, seat: number): number {
  return pageOf(task).stale?.answers(scene, seat) ?? 0;
}

/** A human's seat, loaded when one is taken. */
export const loadPlay = () => import('./fighter/play/load.js');
export type { PlayScreen } from './fighter/play/load.js';
