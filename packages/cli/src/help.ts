import { commandGroups } from './command-table.ts';

/** The text of `lading --help`. Built from the table alone, so that no command is loaded for it. */
export function helpText(version: string): string {
  const width = Math.max(...commandGroups.flatMap((group) => group.commands.map((command) => command.name.length)));
  const groups = commandGroups.map(
    (group) =>
      `${group.title}:\n${group.commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`).join('\n')}`,
  );
  return `lading ${version}: build, know, trust, serve, govern and retire container images

Usage: lading COMMAND [OPTIONS] [ARGUMENTS]

${groups.join('\n\n')}

Options for every command:
  --json      print the result as JSON
  --root DIR  where images, cache and snapshots lie (LADING_HOME)
  --quiet     no progress
  --help      what a command does, its options and examples
  --version   print the version

Examples:
  lading build -t app .                    build the Dockerfile in this folder
  lading run app                           run it
  lading push app registry.example.org/app send it to a registry
  lading serve                             be a registry

Environment: LADING_HOME, LADING_ENGINE, LADING_UNDO_WINDOW, LADING_DISK_HIGH, DOCKER_CONFIG, REGISTRY_AUTH_FILE, CONTAINERS_REGISTRIES_CONF, SOURCE_DATE_EPOCH, NO_COLOR, HTTPS_PROXY, NO_PROXY
Exit codes: 0 ok, 1 error, 2 usage, 3 policy denied, 4 auth, 5 not found, 6 network, 7 verification failed, 10 findings, 130 interrupted`;
}
