import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import { type Digest, familiarReference, formatReference } from '@lading/oci';
import { localNames } from '../archive-names.ts';
import { type CommandModule, examples, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import { withoutReferrers } from '../listed-images.ts';
import { formatResult } from '../locations.ts';
import { type TransferCounts, transfer } from '../transfer.ts';

interface LoadedImage {
  readonly reference: string;
  readonly digest: Digest;
  readonly transferred: TransferCounts;
}

export const command: CommandModule = {
  configure(command) {
    command
      .option('-i, --input <file>', 'the archive, plain or compressed; "-" is stdin', '-')
      .option('--name <name>', 'the name for the only image of an archive, instead of those it has there')
      .addHelpText(
        'after',
        `\nReads what docker save, podman save and skopeo write: docker-archives and tars of OCI layouts.\n${examples(
          ['lading load -i app.tar', 'under the names it was saved with'],
          ['docker save app | lading load', 'from a pipe'],
          ['lading load -i layout.tar --name app:1.0', 'an archive that has no name in it'],
        )}`,
      );
  },

  async run(context, _args, options) {
    const input = textOption(options, 'input') ?? '-';
    const name = textOption(options, 'name');
    const { openArchive } = await import('@lading/image');
    const file = input === '-' ? await spoolStdin(context) : { path: input, remove: async () => {} };
    try {
      const archive = await openArchive(file.path, { signal: context.signal });
      try {
        // All names are known to be good before the first image is touched.
        const images = withoutReferrers(archive.images);
        const wanted = images.map((image) => ({
          image,
          references: localNames(image, images, { command: 'load', input, name }),
        }));
        const loaded: LoadedImage[] = [];
        const lines: string[] = [];
        for (const { image, references } of wanted) {
          for (const reference of references) {
            const source = { repository: archive.repository, descriptor: image.descriptor, byDigest: false, close };
            const target = (await context.home()).repositoryOf(reference);
            const familiar = familiarReference(reference);
            const { result, counts } = await transfer(context, source, target, {
              to: reference.tag,
              platforms: 'all',
              referrers: true,
              done: `loaded ${familiar}`,
            });
            const { digest } = result.descriptor;
            loaded.push({ reference: formatReference(reference), digest, transferred: counts });
            lines.push(`${familiar} ${formatResult({ transport: 'local', reference }, digest)}`);
          }
        }
        return { data: { images: loaded }, text: lines.join('\n') };
      } finally {
        await archive.close();
      }
    } finally {
      await file.remove();
    }
  },
};

async function close(): Promise<void> {}

/** An archive is read from more than one place, so what comes through a pipe is put into a file first. */
async function spoolStdin(context: Context): Promise<{ path: string; remove: () => Promise<void> }> {
  if (process.stdin.isTTY) {
    throw new LadingError('USAGE', 'Cannot load from a terminal', { hint: 'Name a file with -i FILE, or use a pipe.' });
  }
  const folder = await mkdtemp(join(tmpdir(), 'lading-load-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'archive');
    await writeFile(path, process.stdin, { mode: 0o600, signal: context.signal });
    return { path, remove };
  } catch (error) {
    await remove();
    throw context.signal.aborted ? context.signal.reason : error;
  }
}
