/** How an agent's process ends: with whoever started it. */

/** Runs `stop` and exits when the parent that forked this process is gone, or a signal says so. */
export function dieWithParent(stop: () => void): void {
  const end = (): void => {
    stop();
    setTimeout(() => process.exit(0), 200).unref();
  };
  process.on('disconnect', end);
  process.on('SIGTERM', end);
  // Under a parent, Ctrl-C is the parent's to answer; alone, it ends the agent.
  process.on('SIGINT', () => {
    if (!process.connected) end();
  });
}
