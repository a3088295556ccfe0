import { readFile } from 'node:fs/promises';
import { LadingError } from '@lading/errors';
import { type CommandModule, examples, textOption } from '../command.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<file>', 'the receipt of a purge')
      .option('--key <file>', "the registry's public key, PEM; the one in the receipt without");
    command.addHelpText(
      'after',
      `\nAny program that knows Ed25519 can do the same:
  jq -r .statement purge.json | base64 -d > statement.json
  jq -r .signature purge.json | base64 -d > statement.sig
  jq -r .publicKey purge.json > key.pem
  openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in statement.json -sigfile statement.sig\n${examples([
    'lading registry verify-receipt purge.json --key registry.pem',
    'by a key that you know to be the registry’s',
  ])}`,
    );
  },

  async run(_context, [file = ''], options) {
    const { verifyReceipt } = await import('@lading/registry-server');
    const key = textOption(options, 'key');
    const statement = verifyReceipt(await read(file), key === undefined ? undefined : await read(key));
    return { data: statement, text: JSON.stringify(statement, undefined, 2) };
  },
};

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new LadingError('FILE_NOT_FOUND', `Cannot read ${path}`, { cause });
  }
}
