import { type CommandModule, examples, textOption } from '../command.ts';
import { configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, table } from '../table.ts';

interface Record {
  readonly sequence: number;
  readonly at: string;
  readonly actor?: string;
  readonly client?: string;
  readonly kind: string;
  readonly entry: Readonly<globalThis.Record<string, unknown>>;
}

export const command: CommandModule = {
  configure(command) {
    command
      .option('--repository <name>', 'only what happened there')
      .option('--actor <name>', 'only what they did, such as user:ann')
      .option('--kind <kind>', 'only such, as tag.moved')
      .option('-n, --limit <number>', 'the latest so many', '100');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(
        ['lading registry audit', 'what happened last, and who did it'],
        ['lading registry audit --repository team/app --kind tag.moved', 'who moved its tags'],
      ),
    );
  },

  run: (context, _args, options) =>
    withRegistryApi(context, options, async (api) => {
      const query = {
        repository: textOption(options, 'repository'),
        actor: textOption(options, 'actor'),
        kind: textOption(options, 'kind'),
        limit: textOption(options, 'limit'),
      };
      const { items } = await api.get<{ items: Record[] }>('/audit', 'list what happened', query);
      const rows = items.map(({ sequence, at, actor, kind, entry }) => [
        String(sequence),
        formatDate(at),
        actor ?? '-',
        kind,
        targetOf(entry),
      ]);
      return { data: items, text: table(['NUMBER', 'AT', 'WHO', 'WHAT', 'ON'], rows) };
    }),
};

/** `team/app:1.4`, as far as the entry says it. */
function targetOf({ repository, tag, digest, name }: Record['entry']): string {
  const end =
    tag !== undefined ? `:${tag}` : digest === undefined ? '' : repository === undefined ? digest : `@${digest}`;
  return `${repository ?? name ?? ''}${end}`;
}
