/** What the page must know of the fighting game beside how it is drawn. */
import { type FighterSceneState, staleAnswers } from '../../../../envs/fighter/scene.js';
import { points } from '../format.js';
import type { TaskPage } from '../tasks.js';
import { FighterView } from './view.js';

export const fighterPage: TaskPage = {
  title: 'Fighting game',
  tickName: 'frame',
  rewardText: (amount) => `${points(amount)} points`,
  stale: {
    means: 'what either fighter did had changed since it was asked',
    answers: (scene, seat) => staleAnswers(scene as FighterSceneState, seat),
  },
  view: (match) => new FighterView(match),
};
