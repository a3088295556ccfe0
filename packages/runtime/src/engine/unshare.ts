import { quoteAll } from '../internal/shell.ts';
import { environmentOf } from '../process.ts';
import type { Engine, Launch } from './engine.ts';

/**
 * Nothing but the programs of util-linux. Pid 1 of the container is the launcher's shell: it reaps orphans and forwards signals.
 * No seccomp filter: walls are namespaces, capabilities and mounts.
 *
 * The order is what makes it tight. The process that will become the container's is started with its root on a bind of this
 * machine's root (so that the programs it still needs can be found) and its working folder on the container's. Then the shell
 * moves the namespace's root with pivot_root(2) and drops the old tree. The last program to run, unshare(1), does
 * chroot("."), which is now the namespace's own root: there is nothing above it to escape to.
 * `LD_…` variables of the process are seen by that last program too. A machine whose /usr is a mount of its own cannot use this engine.
 */
export const unshareEngine: Engine = {
  name: 'unshare',
  needs: ['nsenter', 'setpriv', 'pivot_root', 'env', 'mkfifo'],
  mountsProc: true,
  refuses: () => undefined,
  plan: (launch) => ({
    script: `
mkdir host && mount -n --rbind / host && mkfifo go ready || exit 1
exec 6<>go 7<>ready
(
  trap '' PIPE # nobody may be left to read the report, and still everything must be killed
  read -r pid <&7
  cd root && pivot_root . . && umount -l . && cd / || { echo stop >&6; exit 1; }
  started
  echo go >&6
  while read -r name number <&3; do kill -s "$name" "$pid"; done
  kill -s KILL -- -1
) 9>&- &
nsenter --root=host --wd=root sh -c 'echo $$ >&7; read -r go <&6; [ "$go" = go ] || exit 125; exec "$@" 6<&- 7>&-' sh ${quoteAll(finalCommand(launch))} 2>&9 3<&- 4>&- 9>&-
finish $?
`,
  }),
};

function finalCommand({ process, mapping, capabilities, programs }: Launch): string[] {
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
    programs.env ?? 'env',
    '-i',
    ...environmentOf(process.env),
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
