import { LadingError, Secret } from '@lading/errors';
import { askLine, readStdinLine } from '../ask.ts';
import { type CommandModule, examples, flagOption, type OptionValues, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import { openRegistryNamed } from '../open-registry.ts';
import { configureRegistry, registryNamed, registryOptions } from '../registries.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[registry]', 'host and port', 'docker.io')
      .option('-u, --username <name>', 'asked for on a terminal unless given')
      .option('--password-stdin', 'read the password from stdin')
      .option('--web', 'sign in with the browser, where the registry knows how');
    configureRegistry(command);
    command.addHelpText(
      'after',
      `\nThe credentials are tried first, then stored where docker keeps its own: in the helper that DOCKER_CONFIG/config.json names, else in that file.\n${examples(
        ['lading login registry.example.org', 'asks for user and password'],
        ['lading login -u bot --password-stdin registry.example.org < token', 'for scripts'],
        ['lading login --web registry.example.org', 'at the provider that the registry works with'],
      )}`,
    );
  },

  async run(context, [name = 'docker.io'], options) {
    const registry = registryNamed(name);
    const credentials = flagOption(options, 'web')
      ? await fromBrowser(context, registry, options)
      : await typed(context, registry, options);
    const { saveCredentials } = await import('@lading/registry-client');
    const saved = await saveCredentials(registry, credentials);
    const where = saved.kind === 'file' ? saved.path : `the helper ${saved.name}`;
    if (saved.kind === 'file') {
      context.progress.warn(
        `the password lies in ${saved.path}, encoded but not encrypted; a credential helper keeps it safer`,
      );
    }
    const { username } = credentials;
    return { data: { registry, username, saved }, text: `logged in to ${registry} as ${username}, stored in ${where}` };
  },
};

type Typed = { readonly username: string; readonly password: Secret };

async function typed(context: Context, registry: string, options: OptionValues): Promise<Typed> {
  const username = textOption(options, 'username') ?? (await askLine(`User name for ${registry}: `, context.signal));
  const password = flagOption(options, 'passwordStdin')
    ? await readStdinLine(context.signal)
    : await askLine(`Password for ${username} at ${registry}: `, context.signal, { hidden: true });
  if (username === '' || password === '') {
    throw new LadingError(
      'USAGE',
      `Cannot log in to ${registry}: the ${username === '' ? 'user name' : 'password'} is empty`,
      {
        hint: 'Give -u NAME, and the password on stdin with --password-stdin.',
      },
    );
  }
  const credentials = { username, password: new Secret(password) };
  const opened = await openRegistryNamed(registry, { ...registryOptions(options), credentials });
  try {
    await opened.ping({ signal: context.signal });
  } finally {
    await opened.close();
  }
  return credentials;
}

async function fromBrowser(context: Context, registry: string, options: OptionValues): Promise<Typed> {
  const [opened, { loginInBrowser }] = await Promise.all([
    openRegistryNamed(registry, registryOptions(options)),
    import('../web-login.ts'),
  ]);
  try {
    const { username, password } = await loginInBrowser(context, registry, opened);
    return { username, password };
  } finally {
    await opened.close();
  }
}
