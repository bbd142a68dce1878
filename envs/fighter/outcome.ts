/** Who has won a fight. */
import type { Results } from '../environment.js';

/** The points of a seat, by rounds won; equal rounds are a draw. */
export function outcome({ seats }: Results, seat: number): 0 | 0.5 | 1 {
  const ahead = seats[seat]!.roundsWon! - seats[1 - seat]!.roundsWon!;
  return ahead > 0 ? 1 : ahead < 0 ? 0 : 0.5;
}
