import { parseReference } from '@lading/oci';
import { type CommandModule, examples } from '../command.ts';
import { formatResult, openSource, openTarget, targetTag } from '../locations.ts';
import { transfer } from '../transfer.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<image>', 'a local image')
      .argument('<name>', 'its other name; a name that is in use moves to the image')
      .addHelpText(
        'after',
        examples(
          ['lading tag app app:1.0', 'a version'],
          ['lading tag app registry.example.org/team/app:1.0', 'the name to push it under'],
          ['lading tag app@sha256:… app:previous', 'a name for what has none'],
        ),
      );
  },

  async run(context, [image = '', name = ''], _options) {
    const from = { transport: 'local', reference: parseReference(image, { defaultTag: null }) } as const;
    const to = { transport: 'local', reference: parseReference(name) } as const;
    const source = await openSource(context, from);
    const tag = targetTag(to, source);
    const target = await openTarget(context, to);
    // Nothing moves: both names share one store. The copy sees to it that everything is there, and records it under the new name.
    const { result } = await transfer(context, source, target.repository, {
      to: tag,
      platforms: 'all',
      referrers: true,
    });
    const text = formatResult(to, result.descriptor.digest);
    return { data: { reference: text, tag, digest: result.descriptor.digest }, text };
  },
};
