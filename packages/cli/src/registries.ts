import { LadingError } from '@lading/errors';
import { formatReference, isRegistryName, type Reference } from '@lading/oci';
import type { Command } from 'commander';
import { flagOption, type OptionValues, textOption } from './command.ts';
import type { RegistryOptions } from './open-registry.ts';

/** Declares `--plain-http`, `--tls-verify` and `--cert-dir`, the last two as skopeo and podman have them. */
export function configureRegistry(command: Command): void {
  command
    .option('--plain-http', 'without TLS; registries on this machine are asked so anyway')
    .option('--tls-verify <true|false>', 'false: take any certificate, and plain HTTP where there is no TLS')
    .option('--cert-dir <folder>', 'trust its *.crt, and show its NAME.cert with NAME.key to the registry');
}

/** Throws USAGE. */
export function registryOptions(options: OptionValues): RegistryOptions {
  const verify = textOption(options, 'tlsVerify');
  if (verify !== undefined && verify !== 'true' && verify !== 'false') {
    throw new LadingError('USAGE', `Cannot read --tls-verify ${JSON.stringify(verify)}: it is neither true nor false`);
  }
  return {
    plainHttp: flagOption(options, 'plainHttp'),
    tlsVerify: verify !== 'false',
    certDir: textOption(options, 'certDir'),
  };
}

/** The registry that was named alone. A scheme and a path, which people copy from a browser, are refused. Throws REFERENCE_INVALID. */
export function registryNamed(name: string): string {
  if (isRegistryName(name)) return name === 'index.docker.io' ? 'docker.io' : name;
  throw new LadingError(
    'REFERENCE_INVALID',
    `Cannot parse registry ${JSON.stringify(name)}: it is not a host with an optional port`,
    {
      hint: 'A registry is written without scheme and path: registry.example.org:5000.',
    },
  );
}

/** What to ask a repository for: the digest where the reference has one, else its tag. */
export function targetOf(reference: Reference): string {
  return reference.digest ?? reference.tag ?? formatReference(reference);
}
