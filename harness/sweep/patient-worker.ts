/** One worker that plays bots' patient matches in process. */
import { playPatiently, type PatientPlayer } from '../../scoring/reward/patient.js';
import type { SeatScript } from '../../scoring/oracle/rollout.js';
import { serve } from '../host/pool.js';
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

await serve(({ task, player, ...settings }: PatientJob): PatientRewards => {
  const playerSeed = (matchSeed: number, seat: number): number => agentSeed('bot', matchSeed, seat);
  return [...playPatiently(taskNamed(task), player, { ...settings, playerSeed })];
});
