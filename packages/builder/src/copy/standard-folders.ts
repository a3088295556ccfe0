const ordinary: readonly string[] = [
  ...['bin', 'boot', 'dev', 'etc', 'home', 'lib', 'lib64', 'media', 'mnt', 'opt', 'proc', 'run', 'sbin', 'srv', 'sys'],
  ...['usr', 'usr/bin', 'usr/include', 'usr/lib', 'usr/lib64', 'usr/libexec', 'usr/sbin', 'usr/share', 'usr/src'],
  ...['usr/local', 'usr/local/bin', 'usr/local/etc', 'usr/local/lib', 'usr/local/sbin', 'usr/local/share'],
  ...['var', 'var/cache', 'var/lib', 'var/log', 'var/opt', 'var/spool'],
];

const modes: ReadonlyMap<string, number> = new Map([
  ...ordinary.map((path) => [path, 0o755] as const),
  ['root', 0o700],
  ['tmp', 0o1777],
  ['var/tmp', 0o1777],
]);

/**
 * The mode of a folder that every system has (Filesystem Hierarchy Standard 3.0) and that root owns there; undefined for others. A
 * linked layer fits on any base and so cannot look what is below it: where it goes through such a folder it leaves it as it is nearly
 * everywhere, whatever --chown and --chmod say of what is copied.
 */
export function standardFolderMode(path: string): number | undefined {
  return modes.get(path);
}
