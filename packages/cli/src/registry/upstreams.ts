import { type CommandModule, examples } from '../command.ts';
import { configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, table } from '../table.ts';

interface Upstream {
  readonly prefix: string;
  readonly registry: string;
  readonly condition: string;
  readonly until?: string;
  readonly error?: { readonly message: string; readonly at: string };
  readonly limit?: { readonly limit: number; readonly remaining: number };
  readonly fetches: number;
}

export const command: CommandModule = {
  configure(command) {
    configureRegistryApi(command);
    command.addHelpText('after', examples(['lading registry upstreams', 'what the registry is a cache of']));
  },

  run: (context, _args, options) =>
    withRegistryApi(context, options, async (api) => {
      const upstreams = await Array.fromAsync(api.list<Upstream>('/upstreams', 'list upstreams'));
      const rows = upstreams.map(({ prefix, registry, condition, until, error, limit, fetches }) => [
        prefix === '' ? '(all)' : `${prefix}/`,
        registry,
        until === undefined ? condition : `${condition} until ${formatDate(until)}`,
        limit === undefined ? '' : `${limit.remaining} of ${limit.limit}`,
        String(fetches),
        error === undefined ? '' : `${formatDate(error.at)} ${error.message}`,
      ]);
      return {
        data: upstreams,
        text: table(['PREFIX', 'UPSTREAM', 'STATE', 'PULLS LEFT', 'COMING', 'LAST ERROR'], rows),
      };
    }),
};
