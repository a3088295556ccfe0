import { LadingError } from '@lading/errors';
import { parseReference } from '@lading/oci';
import { type CommandModule, examples, flagOption } from '../command.ts';
import { formatLocation, formatResult, type Location, openSource, openTarget, targetTag } from '../locations.ts';
import { configureRegistry, registryOptions } from '../registries.ts';
import { configureTransfer, transfer, wantedPlatforms } from '../transfer.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<image>', 'a local image')
      .argument('[name]', 'its name in the registry; the local name unless given, and the local tag unless it has one');
    configureTransfer(command, 'all that are here');
    configureRegistry(command);
    command.addHelpText(
      'after',
      examples(
        ['lading push registry.example.org/app:1.0', 'under the name it has here'],
        ['lading push app registry.example.org/team/app', 'under another; the tag is kept'],
        ['lading push app:1.0 localhost:5000/app:test', 'a registry on this machine needs no TLS'],
        ['lading push --referrers app registry.example.org/app', 'with its signatures and SBOMs'],
      ),
    );
  },

  async run(context, [image = '', name], options) {
    const from = { transport: 'local', reference: parseReference(image, { defaultTag: null }) } as const;
    const platforms = wantedPlatforms(options);
    const source = await openSource(context, from);
    const to: Location = {
      transport: 'registry',
      reference: parseReference(name ?? image.replace(/@.*$/, ''), { defaultTag: null }),
    };
    const tag = targetTag(to, source);
    if (name === undefined && to.reference.registry === 'docker.io' && to.reference.repository.startsWith('library/')) {
      throw new LadingError('USAGE', `Cannot push ${formatLocation(from)}: its name says no registry to push to`, {
        hint: `Name one: lading push ${image} registry.example.org/${image}`,
      });
    }
    const target = await openTarget(context, to, registryOptions(options));
    try {
      const { result, counts } = await transfer(context, source, target.repository, {
        to: tag,
        platforms: platforms ?? 'all',
        referrers: flagOption(options, 'referrers'),
        done: `pushed ${formatLocation(from)}`,
      });
      const { digest, mediaType, size } = result.descriptor;
      const text = formatResult(to, digest);
      return {
        data: { reference: text, ...(tag === undefined ? {} : { tag }), digest, mediaType, size, transferred: counts },
        text,
      };
    } finally {
      await target.close();
    }
  },
};
