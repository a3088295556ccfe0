import { existsSync, statSync } from 'node:fs';
import { forwardSignals, takeExitCode } from '../internal/forward-signals.ts';
import { maskedPaths, readOnlyPaths } from '../internal/masked-paths.ts';
import { seccompFilter } from '../internal/seccomp-filter.ts';
import { quoteAll } from '../internal/shell.ts';
import { environmentOf } from '../process.ts';
import type { Engine, Launch } from './engine.ts';

/**
 * The bwrap program. The least complete: it always sets no_new_privs and mounts without setuid programs, and it cannot become
 * another user, nor give root the additional groups it has in most images (its capabilities open what they would); the bounding set
 * stays wide (no_new_privs keeps capabilities from growing all the same); a program that does not exist ends with 1. The seccomp
 * filter is the one that the OCI runtimes are given, compiled here. Its own small pid 1 reaps orphans.
 */
export const bubblewrapEngine: Engine = {
  name: 'bubblewrap',
  needs: ['bwrap'],
  mountsProc: false,
  setsUlimits: false,
  refuses: ({ user }) =>
    user !== undefined && (user.uid !== 0 || user.gid !== 0)
      ? 'bubblewrap cannot run a process as another user than root'
      : undefined,
  plan: (launch) => {
    const filter = launch.privileged ? undefined : seccompFilter();
    const secret = launch.secretEnv.length > 0;
    return {
      ...(filter === undefined ? {} : { files: { seccomp: filter } }),
      ...(secret ? { secretFiles: { arguments: setAll(launch.secretEnv) } } : {}),
      script: `
${forwardSignals(`init=$(sed -n 's/.*"child-pid": *\\([0-9]*\\).*/\\1/p' info 2>/dev/null) && cat /proc/"$init"/task/"$init"/children 2>/dev/null | tr -d ' '`)}
started
bwrap --info-fd 6 ${filter === undefined ? '' : '--seccomp 7 '}${quoteAll(bwrapArguments(launch))} 6>info${filter === undefined ? '' : ' 7<seccomp'} 2>&9 3<&- 4>&- 9>&-${secret ? ' 8<private/arguments' : ''}
${takeExitCode}
finish "$code"
`,
    };
  },
};

function bwrapArguments({ process, secretEnv, capabilities, privileged }: Launch): string[] {
  return [
    ...['--dev-bind', 'root', '/', '--unshare-pid', '--die-with-parent', '--proc', '/proc'],
    ...(privileged ? [] : maskedPaths).filter((path) => path.startsWith('/proc/') && existsSync(path)).flatMap(mask),
    ...(privileged ? [] : readOnlyPaths)
      .filter((path) => existsSync(path))
      .flatMap((path) => ['--ro-bind', path, path]),
    ...['--cap-drop', 'ALL', ...capabilities.flatMap((name) => ['--cap-add', name])],
    ...['--chdir', process.cwd ?? '/', '--clearenv'],
    ...environmentOf(process.env).flatMap((text) => {
      const equals = text.indexOf('=');
      return ['--setenv', text.slice(0, equals), text.slice(equals + 1)];
    }),
    // Arguments can be seen by everybody on this machine.
    ...(secretEnv.length === 0 ? [] : ['--args', '8']),
    '--',
    ...process.argv,
  ];
}

/** For --args: each ends with a NUL. */
function setAll(secretEnv: Launch['secretEnv']): string {
  return secretEnv.map(([name, value]) => `--setenv\0${name}\0${value}\0`).join('');
}

function mask(path: string): string[] {
  return statSync(path).isDirectory() ? ['--tmpfs', path, '--remount-ro', path] : ['--dev-bind', '/dev/null', path];
}
