/** Names and addresses of this machine itself. */

const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/i;

/** @param hostname as a URL has it: an IPv6 address in its brackets */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}
