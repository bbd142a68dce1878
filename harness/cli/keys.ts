/** `tickbench keys`: makes the key pair that bundles are signed with. */
import { Command } from 'commander';
import { fingerprint, makeKeys, readKeys, usualKeyFile } from '../submission/keys.js';

/** The verb, for the program that assembles them. */
export function keysCommand(): Command {
  return new Command('keys')
    .option('--key <file>', 'where the private key is kept', usualKeyFile())
    .option('--show', 'show the public key of the file that is there')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nThe private key never leaves its file, which its owner alone may read.\n\nExample:\n  $ tickbench keys')
    .action(keys);
}

function keys(flags: { key: string; show?: boolean; json?: boolean }): void {
  const { publicText } = flags.show ? readKeys(flags.key) : makeKeys(flags.key);
  const told = { key: publicText, fingerprint: fingerprint(publicText), file: flags.key };
  const line = flags.json ? JSON.stringify(told) : `${publicText}\n${flags.show ? 'is in' : 'was made; its private half is in'} ${flags.key} (fingerprint ${told.fingerprint})`; // prettier-ignore
  process.stdout.write(`${line}\n`);
}
