/** An arena in a process of its own, for tests that kill it: `node killed-arena.js FOLDER PORT`. It says its address, then each line for people. */
import { join } from 'node:path';
import { Arena } from '../../../web/server/arena/arena.js';
import { ArenaStore } from '../../../web/server/arena/store.js';
import { openBoardDatabase, tracesFolder } from '../../../web/server/store/database.js';
import { Tokens } from '../../../web/server/store/tokens.js';
import { shortFight } from '../../harness/arena/agents.js';

const [folder = '', port = '0'] = process.argv.slice(2);
const database = await openBoardDatabase(folder, undefined);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const arena = await Arena.open({
  ...{ store: new ArenaStore(database.query, tracesFolder(folder)), tokens: new Tokens(database.query), terms: [shortFight()] },
  ...{ host: '127.0.0.1', port: Number(port), matchesAtOnce: 1, explorationSeed: 1, playing: join(folder, 'playing'), say },
});
say(arena.url);
