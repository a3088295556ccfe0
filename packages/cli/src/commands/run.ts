import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { LadingError } from '@lading/errors';
import type { Image } from '@lading/image';
import type { ExecutionConfig } from '@lading/oci';
import { parsePlatform, parseReference } from '@lading/oci';
import type { BindMount, ExitStatus, ProcessSpec, RunningProcess, Scratch, Snapshot } from '@lading/runtime';
import {
  type CommandModule,
  collectValues,
  examples,
  flagOption,
  listOption,
  type OptionValues,
  textOption,
} from '../command.ts';
import { findOrPull } from '../local-image.ts';
import { configureRegistry, registryOptions } from '../registries.ts';

export const command: CommandModule = {
  configure(command) {
    configureRegistry(command);
    command
      .argument('<image>', 'the image; fetched from its registry when it is not here')
      .argument('[command...]', 'what to run in place of the image’s own command')
      .passThroughOptions()
      .option(
        '-e, --env <name=value>',
        'set a variable; without =value, from the environment; may be repeated',
        collectValues,
      )
      .option(
        '-v, --volume <source:target[:ro]>',
        'show a file or folder of this machine inside; may be repeated',
        collectValues,
      )
      .option('-w, --workdir <path>', 'the working directory')
      .option('-u, --user <user[:group]>', 'names of the image, or numbers')
      .option('--entrypoint <program>', 'in place of the image’s entry point')
      .option('--network <host|none>', 'the network of this machine, or none', 'host')
      .option('--read-only', 'nothing in the image can be written')
      .option('--no-new-privileges', 'setuid programs give no rights')
      .option('-t, --tty', 'the process uses this terminal')
      .option('--pull <missing|always|never>', 'when to ask the registry', 'missing')
      .option('--platform <platform>', 'which image of an index')
      .addHelpText(
        'after',
        `\nThe exit code is that of the command: 126 when it cannot be executed, 127 when it does not exist, 128+n when signal n ended it.
Signals are passed on. What the container writes is gone when it ends.\n${examples(
          ['lading run alpine cat /etc/os-release', 'run one command'],
          ['lading run -e PORT=8080 -v "$PWD":/data:ro app', 'with a variable and a folder'],
          ['lading run -t alpine sh', 'look around in a shell'],
        )}`,
      );
  },

  async run(context, args, options) {
    const [name = '', ...argv] = args;
    const platform = textOption(options, 'platform');
    const pull = textOption(options, 'pull');
    if (pull !== 'missing' && pull !== 'always' && pull !== 'never') {
      throw new LadingError('USAGE', `Cannot use --pull ${pull}: it is missing, always or never`);
    }
    const image = await findOrPull(context, parseReference(name), {
      platform: platform === undefined ? undefined : parsePlatform(platform),
      pull,
      ...registryOptions(options),
    });
    const home = await context.home();
    const snapshots = await home.snapshots();
    const layers = image.layers.map((layer) => ({
      diffId: layer.diffId,
      open: () => layer.uncompressed({ signal: context.signal }),
    }));
    const parent = layers.length === 0 ? undefined : await snapshots.ensure(layers, { signal: context.signal });
    const scratch = await snapshots.begin(parent, { signal: context.signal });
    try {
      const spec = await processOf(image, argv, options, parent);
      // From here on signals are the container's.
      context.ignoreSignals();
      const { code } = await runWithSignals(scratch, spec);
      return { data: { exitCode: code }, exitCode: code };
    } finally {
      await scratch.discard();
    }
  },
};

/** The process that an image and the options describe. */
async function processOf(
  image: Image,
  argv: readonly string[],
  options: OptionValues,
  parent: Snapshot | undefined,
): Promise<ProcessSpec> {
  const { defaultPath, readSnapshotText, resolveUser } = await import('@lading/runtime');
  const config: ExecutionConfig = image.config.config ?? {};
  const entrypoint = textOption(options, 'entrypoint');
  const command = argv.length > 0 ? argv : entrypoint === undefined ? (config.Cmd ?? []) : [];
  const full = [
    ...(entrypoint === undefined ? (config.Entrypoint ?? []) : entrypoint === '' ? [] : [entrypoint]),
    ...command,
  ];
  if (full.length === 0) {
    throw new LadingError('USAGE', 'Cannot run the image: it has no command of its own', {
      hint: 'Give one behind the name of the image.',
    });
  }
  const user = resolveUser(
    textOption(options, 'user') ?? config.User ?? '',
    await readSnapshotText(parent, '/etc/passwd'),
    await readSnapshotText(parent, '/etc/group'),
  );
  const network = textOption(options, 'network');
  if (network !== 'host' && network !== 'none')
    throw new LadingError('USAGE', `Cannot use --network ${network}: it is host or none`);
  const terminal = flagOption(options, 'tty');
  if (terminal && !process.stdin.isTTY) throw new LadingError('USAGE', 'Cannot use --tty: stdin is not a terminal');
  return {
    argv: full,
    env: environmentOf([`PATH=${defaultPath}`, ...(config.Env ?? [])], listOption(options, 'env'), user.home, terminal),
    cwd: textOption(options, 'workdir') ?? (config.WorkingDir || '/'),
    user,
    terminal,
    stdin: 'inherit',
    stdout: 'inherit',
    stderr: 'inherit',
    network,
    readOnlyRoot: flagOption(options, 'readOnly'),
    noNewPrivileges: options.newPrivileges === false,
    mounts: listOption(options, 'volume').map(mountOf),
  };
}

function environmentOf(image: readonly string[], given: readonly string[], home: string, terminal: boolean): string[] {
  const variables = new Map<string, string>();
  for (const entry of image)
    variables.set(entry.replace(/=.*$/s, ''), entry.includes('=') ? entry.slice(entry.indexOf('=') + 1) : '');
  for (const entry of given) {
    const equals = entry.indexOf('=');
    const value = equals < 0 ? process.env[entry] : entry.slice(equals + 1);
    if (value !== undefined) variables.set(equals < 0 ? entry : entry.slice(0, equals), value);
  }
  if (!variables.has('HOME')) variables.set('HOME', home);
  if (terminal && !variables.has('TERM')) variables.set('TERM', process.env.TERM ?? 'xterm');
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

function mountOf(text: string): BindMount {
  const parts = text.split(':');
  const [source = '', target = '', mode] = parts;
  if (
    parts.length < 2 ||
    parts.length > 3 ||
    source === '' ||
    !target.startsWith('/') ||
    (mode !== undefined && mode !== 'ro' && mode !== 'rw')
  ) {
    throw new LadingError('USAGE', `Cannot use --volume ${text}: it is of the form SOURCE:/TARGET[:ro]`);
  }
  const path = resolve(source);
  if (!existsSync(path))
    throw new LadingError('FILE_NOT_FOUND', `Cannot show ${path} in the container: it does not exist`);
  return { source: path, target, readOnly: mode === 'ro' };
}

/** Runs the process and passes on the signals that a shell would; the container, not this process, decides what they do. */
async function runWithSignals(scratch: Scratch, spec: ProcessSpec): Promise<ExitStatus> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
  // A terminal sends its own signals to the process itself.
  const passed = signals.filter((signal) => !(spec.terminal === true && (signal === 'SIGINT' || signal === 'SIGQUIT')));
  const early: NodeJS.Signals[] = [];
  let running: RunningProcess | undefined;
  const pass = (signal: NodeJS.Signals): void => {
    if (running === undefined) early.push(signal);
    else running.kill(signal);
  };
  for (const signal of passed) process.on(signal, pass);
  try {
    running = await scratch.start(spec);
    for (const signal of early) running.kill(signal);
    return await running.exited;
  } finally {
    for (const signal of passed) process.removeListener(signal, pass);
  }
}
