import { helperEnvironment } from '../internal/program.ts';
import { quote, quoteAll } from '../internal/shell.ts';
import { environmentOf } from '../process.ts';
import type { Engine, Launch } from './engine.ts';

/**
 * Nothing but the programs of util-linux. Pid 1 of the container is the launcher's shell: it reaps orphans and forwards signals.
 * No seccomp filter: walls are namespaces, capabilities and mounts.
 *
 * The order is what makes it tight. The process that will become the container's is started with its root on a bind of this
 * machine's root (so that the programs it still needs can be found) and its working folder on the container's. Then the shell
 * moves the namespace's root with pivot_root(2). From there on it runs nothing but what is built into it: a program it looked up would
 * be the image's. Another process, started like the first, drops the old tree. The last program to run, unshare(1), does
 * chroot("."), which is now the namespace's own root: there is nothing above it to escape to.
 * Until then this machine's programs run with the container's root as their working folder, where what a variable makes them load
 * would be the image's: none of them sees the process's PATH, and what the loader obeys is set by the image's own env(1) once inside.
 * A machine whose /usr is a mount of its own cannot use this engine.
 */
export const unshareEngine: Engine = {
  name: 'unshare',
  needs: ['nsenter', 'setpriv', 'pivot_root', 'env', 'mkfifo'],
  mountsProc: true,
  setsUlimits: false,
  refuses: ({ secretEnv = {} }) => {
    const name = Object.keys(secretEnv).find(isObeyedByLoaders);
    return name && `unshare cannot give a process the variable ${name} as a secret`;
  },
  plan: (launch) => ({
    ...(launch.secretEnv.length === 0 ? {} : { secretFiles: { environment: exportAll(launch) } }),
    script: `
mkdir host && mount -n --rbind / host && mkfifo go ready pivoted dropped || exit 1
exec 5<>pivoted 6<>go 7<>ready 8<>dropped
nsenter --root=host --wd=root sh -c 'echo here >&8; read -r go <&5; umount -c -l . && echo dropped >&8' 3<&- 9>&- || echo failed >&8 &
(
  trap '' PIPE # nobody may be left to read the report, and still everything must be killed
  read -r pid <&7 && read -r word <&8 && [ "$word" = here ] &&
    cd root && pivot_root . . && cd / && echo go >&5 && read -r word <&8 && [ "$word" = dropped ] || { echo stop >&6; exit 1; }
  started
  echo go >&6
  while read -r name number <&3; do kill -s "$name" "$pid"; done
  kill -s KILL -- -1
) 9>&- &
nsenter --root=host --wd=root ${quoteAll(startCommand(launch))} 2>&9 3<&- 4>&- 9>&-${launch.secretEnv.length === 0 ? '' : ' 8<private/environment'}
finish $?
`,
  }),
};

/**
 * What loaders (ld.so(8) §Environment, with all that glibc keeps from setuid programs) and the C library load files by. A relative
 * path in them is one of the image, to programs of this machine.
 */
function isObeyedByLoaders(name: string): boolean {
  return /^(?:LD_.*|MALLOC_.*|GLIBC_TUNABLES|GCONV_PATH|GETCONF_DIR|HOSTALIASES|LOCALDOMAIN|LOCPATH|NIS_PATH|NLSPATH|RESOLV_HOST_CONF|RES_OPTIONS|TMPDIR|TZDIR)$/.test(
    name,
  );
}

/**
 * A shell in the launcher's environment. It says who it is, waits, and becomes the last commands. Variables that are secret it
 * reads from a file in memory: arguments can be seen by everybody on this machine.
 */
function startCommand(launch: Launch): string[] {
  const { secretEnv } = launch;
  // Of what the launcher and a shell have by themselves nothing may be left.
  const unset = [...Object.keys(helperEnvironment), 'PWD', 'OLDPWD', 'SHLVL', '_'].filter(
    (name) => !secretEnv.some(([secret]) => secret === name),
  );
  const secrets = secretEnv.length === 0 ? '' : `eval "$(cat <&8)"; exec 8<&-; unset ${unset.join(' ')}; `;
  const script = `echo $$ >&7; read -r go <&6; [ "$go" = go ] || exit 125; ${secrets}exec "$@" 5<&- 6<&- 7>&- 8<&-`;
  return ['sh', '-c', script, 'sh', ...finalCommand(launch)];
}

function exportAll({ secretEnv }: Launch): string {
  return secretEnv.map(([name, value]) => `export ${name}=${quote(value)}\n`).join('');
}

function finalCommand({ process, mapping, capabilities, programs, secretEnv }: Launch): string[] {
  const { uid, gid, additionalGids = [] } = process.user ?? { uid: 0, gid: 0 };
  const bounding = ['-all', ...capabilities.map((name) => `+${name.replace(/^CAP_/, '').toLowerCase()}`)].join(',');
  const given = environmentOf(process.env).filter((entry) => !secretEnv.some(([name]) => entry.startsWith(`${name}=`)));
  const [inside, outside] = partition(given, (entry) => isObeyedByLoaders(entry.slice(0, entry.indexOf('='))));
  return [
    programs.setpriv ?? 'setpriv',
    '--regid',
    String(gid),
    // Without subordinate ids the kernel forbids setgroups(2).
    ...(mapping === 'single' ? ['--keep-groups'] : groups(additionalGids)),
    '--bounding-set',
    bounding,
    '--inh-caps=-all',
    ...(process.noNewPrivileges ? ['--no-new-privs'] : []),
    programs.env ?? 'env',
    ...(secretEnv.length === 0 ? ['-i'] : []),
    '--',
    ...outside,
    programs.unshare ?? 'unshare',
    '--root=.',
    `--wd=${process.cwd ?? '/'}`,
    ...(uid === 0 ? [] : [`--setuid=${uid}`]),
    '--',
    ...(inside.length === 0 ? [] : ['env', '--', ...inside]),
    ...process.argv,
  ];
}

function groups(gids: readonly number[]): string[] {
  return gids.length === 0 ? ['--clear-groups'] : ['--groups', gids.join(',')];
}

function partition<T>(list: readonly T[], test: (one: T) => boolean): readonly [yes: readonly T[], no: readonly T[]] {
  return [list.filter(test), list.filter((one) => !test(one))];
}
