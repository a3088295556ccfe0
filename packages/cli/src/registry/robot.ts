import { LadingError, nearest } from '@lading/errors';
import {
  type CommandModule,
  collectValues,
  examples,
  listOption,
  type OptionValues,
  type Result,
  textOption,
} from '../command.ts';
import { component, configureRegistryApi, type RegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, table } from '../table.ts';

interface Robot {
  readonly name: string;
  /** The user name to sign in with. */
  readonly login: string;
  readonly grants: readonly { readonly repositories: string; readonly actions: readonly string[] }[];
  readonly expiresAt?: string;
  readonly disabled: boolean;
  readonly createdAt: string;
  readonly secrets: readonly { readonly endsAt?: string }[];
  /** Where it was just made. */
  readonly secret?: string;
}

type Act = (api: RegistryApi, name: string, options: OptionValues) => Promise<Result>;

const acts: Readonly<Record<string, Act>> = { create, list, rotate, disable, enable, delete: remove };

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<action>', Object.keys(acts).join(', '))
      .argument('[name]', 'of the robot; not for list')
      .option('--grant <pattern:actions>', 'with create: what it may do where; may be repeated', collectValues)
      .option('--description <text>', 'with create')
      .option('--expires <time>', 'with create: it ends after this time, such as 90d')
      .option('--overlap <time>', 'with rotate: the secret before is honoured for so long (24h)');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      `\nThe secret goes to stdout and is shown this once: the registry keeps only a digest of it. The user name that goes with it is robot+NAME.\n${examples(
        ["lading registry robot create ci --grant 'team/**:pull,push' --expires 90d", 'an account for a CI'],
        ['lading registry robot rotate ci --overlap 1h', 'another secret; the one before ends in an hour'],
        ['lading registry robot disable ci', 'out within a second, with all tokens it got'],
      )}`,
    );
  },

  run(context, [action = '', name = ''], options) {
    const act = Object.hasOwn(acts, action) ? acts[action] : undefined;
    if (act === undefined) {
      const near = nearest(action, Object.keys(acts));
      throw new LadingError('USAGE', `Cannot ${JSON.stringify(action)} a robot: there is no such action`, {
        hint: near === undefined ? `Actions are ${Object.keys(acts).join(', ')}.` : `Did you mean "${near}"?`,
      });
    }
    if (name === '' && act !== list) {
      throw new LadingError('USAGE', `Cannot ${action} a robot: its name is missing`, {
        hint: `Write: lading registry robot ${action} NAME`,
      });
    }
    return withRegistryApi(context, options, (api) => act(api, name, options));
  },
};

async function create(api: RegistryApi, name: string, options: OptionValues): Promise<Result> {
  const grants = listOption(options, 'grant').map(parseGrant);
  if (grants.length === 0) {
    throw new LadingError('USAGE', `Cannot create the robot ${name}: it is granted nothing`, {
      hint: "Say what it may do where: --grant 'team/**:pull,push'",
    });
  }
  const body = {
    name,
    grants,
    description: textOption(options, 'description'),
    expiresIn: textOption(options, 'expires'),
  };
  return secretOf(await api.send<Robot>('POST', '/robots', `create the robot ${name}`, body));
}

async function list(api: RegistryApi): Promise<Result> {
  const { items } = await api.get<{ items: readonly Robot[] }>('/robots', 'list robots');
  const rows = items.map(({ login, grants, expiresAt, disabled, createdAt }) => [
    login,
    disabled ? 'disabled' : 'enabled',
    formatDate(createdAt),
    formatDate(expiresAt),
    grants.map(({ repositories, actions }) => `${repositories}:${actions.join(',')}`).join(' '),
  ]);
  return { data: items, text: table(['ROBOT', 'STATE', 'CREATED', 'EXPIRES', 'GRANTS'], rows) };
}

async function rotate(api: RegistryApi, name: string, options: OptionValues): Promise<Result> {
  const body = { overlap: textOption(options, 'overlap') };
  return secretOf(await api.send<Robot>('POST', `${pathOf(name)}/rotate`, `rotate the robot ${name}`, body));
}

function disable(api: RegistryApi, name: string): Promise<Result> {
  return change(api, name, true);
}

function enable(api: RegistryApi, name: string): Promise<Result> {
  return change(api, name, false);
}

async function change(api: RegistryApi, name: string, disabled: boolean): Promise<Result> {
  const word = disabled ? 'disable' : 'enable';
  const robot = await api.send<Robot>('PATCH', pathOf(name), `${word} the robot ${name}`, { disabled });
  return { data: robot, text: `${robot.login} is ${word}d` };
}

async function remove(api: RegistryApi, name: string): Promise<Result> {
  await api.send('DELETE', pathOf(name), `delete the robot ${name}`);
  return { data: { name, deleted: true }, text: `robot+${name} is deleted` };
}

function pathOf(name: string): string {
  return `/robots/${component(name)}`;
}

function secretOf(robot: Robot): Result {
  return { data: robot, text: robot.secret ?? '' };
}

/** `team/**:pull,push`. What the patterns and actions are is the registry's to say. Throws USAGE. */
function parseGrant(text: string): { repositories: string; actions: readonly string[] } {
  const colon = text.lastIndexOf(':');
  const actions = text.slice(colon + 1).split(',');
  const known = ['pull', 'push', 'delete', 'admin'];
  if (colon < 1 || !actions.every((action) => known.includes(action))) {
    throw new LadingError('USAGE', `Cannot grant ${JSON.stringify(text)}: it does not read PATTERN:ACTIONS`, {
      hint: `Such as 'team/**:pull,push'. Actions are ${known.join(', ')}.`,
    });
  }
  return { repositories: text.slice(0, colon), actions };
}
