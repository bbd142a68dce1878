/**
 * An agent's token: what it says hello with. It comes by the environment, never by the command line, which every user of a machine can read.
 */

/** The environment variable that holds it. */
export const TOKEN_VARIABLE = 'TICKBENCH_TOKEN';

/** Takes the token out of an environment, so that no process started from here inherits it; undefined when there is none. */
export function takeToken(env: NodeJS.ProcessEnv): string | undefined {
  const token = env[TOKEN_VARIABLE]?.trim();
  delete env[TOKEN_VARIABLE];
  return token === '' ? undefined : token;
}
