import type { SecretScannerOptions } from '@lading/contents';
import { digestOf, hexOf } from '@lading/oci';
import type { Command } from 'commander';
import { flagOption, type OptionValues, textOption } from '../command.ts';
import { readInput } from '../read-input.ts';

/** How secrets are looked for. */
export interface SecretSearch {
  readonly options: SecretScannerOptions;
  /** Tells apart what is kept of layers by searches with different rules; empty for the rules that are built in. */
  readonly key: string;
}

/** Declares `--secret-rules` and `--vendored-secrets`. */
export function configureSecretSearch(command: Command): void {
  command
    .option('--secret-rules <file>', 'more rules for secrets, as JSON')
    .option('--vendored-secrets', 'look for secrets also in tests, examples and manuals that packages ship');
}

/** Throws FILE_NOT_FOUND, FILE_UNREADABLE and SECRET_RULES_INVALID. */
export async function secretSearch(options: OptionValues): Promise<SecretSearch> {
  const path = textOption(options, 'secretRules');
  const vendored = flagOption(options, 'vendoredSecrets');
  if (path === undefined && !vendored) return { options: {}, key: '' };
  const text = path === undefined ? undefined : (await readInput(path, 'rules')).toString('utf8');
  const { parseSecretRules } = await import('@lading/contents');
  const rules = text === undefined ? undefined : parseSecretRules(text, path ?? '');
  return {
    options: { vendored, ...(rules === undefined ? {} : { rules }) },
    key: `secrets-${hexOf(digestOf(JSON.stringify([vendored, text ?? null]))).slice(0, 32)}`,
  };
}
