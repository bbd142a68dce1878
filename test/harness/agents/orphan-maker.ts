/** A process that starts an agent, says which, and waits to be killed: how orphans would be made. */
import { spawnAgent } from '../../../harness/agents/spawn.js';
import { MatchServer } from '../../../harness/protocol/server.js';

const server = await MatchServer.listen();
const agent = await spawnAgent(server, { kind: 'bot', bot: 'expert' });
process.send!(agent.process.pid);
setInterval(() => undefined, 1000);
