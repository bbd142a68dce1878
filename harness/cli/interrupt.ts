/** Ctrl-C: the first ends what runs in good order, the second at once. */

/** The exit code of a command that was interrupted, as shells count it. */
export const INTERRUPTED = 130;

/** Listens for Ctrl-C and SIGTERM. `signal` is aborted by the first; call `done` when nothing is left to interrupt. */
export function onInterrupt(say: (line: string) => void): { signal: AbortSignal; done: () => void } {
  const stop = new AbortController();
  const heard = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    say('stopping; once more to stop at once');
    stop.abort('interrupted');
  };
  process.on('SIGINT', heard).on('SIGTERM', heard);
  return { signal: stop.signal, done: () => void process.off('SIGINT', heard).off('SIGTERM', heard) };
}
