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
 * `LD_…` variables of the process are seen by that last program too. A machine whose /usr is a mount of its own cannot use this engine.
 */
export const unshareEngine: Engine = {
  name: 'unshare',
  needs: ['nsenter', 'setpriv', 'pivot_root', 'env', 'mkfifo'],
  mountsProc: true,
  setsUlimits: false,
  refuses: () => undefined,
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
 * A shell with nothing but the process's environment. It says who it is, waits, and becomes the last command. Variables that
 * are secret it reads from a file in memory: arguments can be seen by everybody on this machine.
 */
function startCommand(launch: Launch): string[] {
  const { process, programs, secretEnv } = launch;
  const secrets = secretEnv.length === 0 ? '' : 'eval "$(cat <&8)"; exec 8<&-; ';
  const script = `echo $$ >&7; read -r go <&6; [ "$go" = go ] || exit 125; ${secrets}exec "$@" 5<&- 6<&- 7>&- 8<&-`;
  const clear = [programs.env ?? 'env', '-i', ...environmentOf(process.env)];
  if (secretEnv.length === 0) return ['sh', '-c', script, 'sh', ...finalCommand(launch, clear)];
  // Of what a shell sets by itself nothing may be left.
  const unset = ['PWD', 'OLDPWD', 'SHLVL', '_'].filter(
    (name) => !environmentOf(process.env).some((entry) => entry.startsWith(`${name}=`)),
  );
  return [...clear, 'sh', '-c', `unset ${unset.join(' ')}; ${script}`, 'sh', ...finalCommand(launch, [])];
}

function exportAll({ secretEnv }: Launch): string {
  return secretEnv.map(([name, value]) => `export ${name}=${quote(value)}\n`).join('');
}

function finalCommand({ process, mapping, capabilities, programs }: Launch, clear: readonly string[]): string[] {
  const { uid, gid, additionalGids = [] } = process.user ?? { uid: 0, gid: 0 };
  const bounding = ['-all', ...capabilities.map((name) => `+${name.replace(/^CAP_/, '').toLowerCase()}`)].join(',');
  return [
    'setpriv',
    '--regid',
    String(gid),
    // Without subordinate ids the kernel forbids setgroups(2).
    ...(mapping === 'single' ? ['--keep-groups'] : groups(additionalGids)),
    '--bounding-set',
    bounding,
    '--inh-caps=-all',
    ...(process.noNewPrivileges ? ['--no-new-privs'] : []),
    ...clear,
    programs.unshare ?? 'unshare',
    '--root=.',
    `--wd=${process.cwd ?? '/'}`,
    ...(uid === 0 ? [] : [`--setuid=${uid}`]),
    '--',
    ...process.argv,
  ];
}

function groups(gids: readonly number[]): string[] {
  return gids.length === 0 ? ['--clear-groups'] : ['--groups', gids.join(',')];
}
