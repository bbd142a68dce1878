/** Makes the toy world known to a worker of the oracle's pool. */
import { registerTask } from '../../../harness/match/tasks.js';
import { toy } from './toy.js';

registerTask(toy);
