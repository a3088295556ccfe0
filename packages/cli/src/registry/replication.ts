import { type CommandModule, examples, textOption } from '../command.ts';
import { component, configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, table } from '../table.ts';

interface Rule {
  readonly name: string;
  readonly direction: string;
  readonly registry: string;
  readonly pending?: number;
  readonly since?: string;
  readonly ranAt?: string;
  readonly failures: readonly { readonly repository: string; readonly name: string; readonly error: string }[];
}

export const command: CommandModule = {
  configure(command) {
    command.option('--run <rule>', 'run it now');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(
        ['lading registry replication', 'how far each rule is behind, and what it could not bring'],
        ['lading registry replication --run to-backup', 'now'],
      ),
    );
  },

  run: (context, _args, options) =>
    withRegistryApi(context, options, async (api) => {
      const name = textOption(options, 'run');
      if (name !== undefined) {
        const run = await api.send<{ id: string }>('POST', `/replication/${component(name)}/runs`, `run ${name}`, {});
        return { data: run, text: `run ${run.id} has begun` };
      }
      const rules = await Array.fromAsync(api.list<Rule>('/replication', 'list replication rules'));
      const rows = rules.map((rule) => [
        rule.name,
        rule.direction,
        rule.registry,
        rule.pending === undefined ? '' : String(rule.pending),
        rule.since === undefined ? '' : formatDate(rule.since),
        rule.ranAt === undefined ? '' : formatDate(rule.ranAt),
        String(rule.failures.length),
      ]);
      const failures = rules.flatMap((rule) =>
        rule.failures.map(({ repository, name: what, error }) => `${rule.name}: ${repository}:${what}: ${error}`),
      );
      const list = table(['RULE', 'DIRECTION', 'REGISTRY', 'PENDING', 'SINCE', 'LAST RUN', 'FAILED'], rows);
      return { data: rules, text: [list, ...failures].join('\n') };
    }),
};
