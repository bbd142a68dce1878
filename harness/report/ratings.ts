/** What is said of ratings in words, in a terminal and on a page. */
import type { Ends, RatedComponent, RatedPlayer } from '../../scoring/ratings/rating.js';
import { figure } from './figures.js';

/** The ranks that the games leave a player. */
export function mayBe({ ranks }: RatedPlayer): string {
  if (!ranks) return '-';
  return ranks.best === ranks.worst ? `${ranks.best}` : `${ranks.best} to ${ranks.worst}`;
}

/** An interval in words. */
export function endsText({ low, high }: Ends): string {
  return low === null || high === null ? 'no interval' : `${figure(low)} to ${figure(high)}`;
}

/** What the model says beside the strengths, and whether it fits. */
export function componentLines({ players, seat, tie, draws, goodness, notes }: RatedComponent): string[] {
  if (players.every(({ strength }) => strength === null)) return notes;
  const isWorse = goodness && goodness.p < 0.05;
  return [
    ...(seat ? [`The first seat is worth ${figure(seat.value)} (${endsText(seat)}).`] : []),
    ...(tie
      ? [`Draws are an outcome of their own (Davidson): between equals one for every ${figure(2 / Math.exp(tie.value))} decided games.`]
      : []),
    ...(draws === 'half' ? ['A draw counts as half a win for both.'] : []),
    goodness
      ? `Fit: deviance ${figure(goodness.deviance)} on ${goodness.degrees} degrees of freedom, p = ${probability(goodness.p)} (${goodness.test}${goodness.replicates === undefined ? '' : `, ${goodness.replicates} tournaments`}): ${isWorse ? 'one strength a player does NOT explain these games' : 'nothing speaks against the model'}.`
      : 'Fit: not tested, there is nothing left over to test it by.',
    ...notes,
  ];
}

function probability(p: number): string {
  return p < 0.0001 ? 'below 0.0001' : p.toFixed(p < 0.01 ? 4 : 2);
}
