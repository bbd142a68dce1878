/** A thread's work: plays a bot's patient matches. */
import { playPatiently, type PatientPlayer } from '../../scoring/reward/patient.js';
import type { SeatScript } from '../../scoring/oracle/rollout.js';
import { taskNamed } from '../match/tasks.js';
import { agentSeed } from '../match/welcome.js';

/** A bot's patient matches on some seeds. */
export interface PatientJob {
  task: string;
  options: unknown;
  player: PatientPlayer;
  opponent?: SeatScript;
  seeds: readonly number[];
}

/** What it earned, by seed. */
export type PatientRewards = [number, number][];

export const work = ({ task, player, ...settings }: PatientJob): PatientRewards => {
  const playerSeed = (matchSeed: number, seat: number): number => agentSeed('bot', matchSeed, seat);
  return [...playPatiently(taskNamed(task), player, { ...settings, playerSeed })];
};
