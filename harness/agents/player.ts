/** Which player a configuration is played by. */
import type { AgentConfiguration, TeamConfiguration } from '../configuration/agent.js';
import { adaptivePlayer } from './adaptive.js';
import type { Player } from './link.js';
import { modelPlayer } from './model.js';
import { twoThreadPlayer } from './two-thread.js';

/** The player of one model, or of a team. @throws EndpointError when a key's environment variable is not set */
export function playerOf(configuration: AgentConfiguration | TeamConfiguration, log: (line: string) => void): Player {
  if (!('team' in configuration)) return modelPlayer(configuration, log);
  return configuration.team === 'adaptive' ? adaptivePlayer(configuration, log) : twoThreadPlayer(configuration, log);
}
