import { prune, type RootTree } from '../root-tree.ts';

/** Folders and files that a running program does not read. Copyright files stay: licences ask for it. */
const dropped = [
  'boot',
  'etc/alternatives',
  'etc/apt',
  'etc/bash.bashrc',
  'etc/bash_completion.d',
  'etc/ca-certificates.conf',
  'etc/cron.d',
  'etc/cron.daily',
  'etc/cron.monthly',
  'etc/cron.weekly',
  'etc/debconf.conf',
  'etc/default',
  'etc/dpkg',
  'etc/init.d',
  'etc/issue',
  'etc/issue.net',
  'etc/kernel',
  'etc/logrotate.d',
  'etc/motd',
  'etc/profile',
  'etc/profile.d',
  'etc/skel',
  'etc/update-motd.d',
  'root/.bashrc',
  'root/.profile',
  'usr/include',
  'usr/lib/apt',
  'usr/lib/dpkg',
  'usr/lib/debug',
  'usr/lib/init',
  'usr/lib/mime',
  'usr/lib/pkgconfig',
  'usr/lib/python3/dist-packages/__pycache__',
  'usr/lib/systemd',
  'usr/lib/sysusers.d',
  'usr/lib/tmpfiles.d',
  'usr/lib/udev',
  'usr/lib/valgrind',
  'usr/local/man',
  'usr/local/share/man',
  'usr/sbin/update-ca-certificates',
  'usr/sbin/update-passwd',
  'usr/share/apport',
  'usr/share/base-files',
  'usr/share/base-passwd',
  'usr/share/bash-completion',
  'usr/share/binfmts',
  'usr/share/bug',
  'usr/share/ca-certificates',
  'usr/share/debconf',
  'usr/share/debhelper',
  'usr/share/debianutils',
  'usr/share/doc-base',
  'usr/share/fish',
  'usr/share/gdb',
  'usr/share/gtk-doc',
  'usr/share/info',
  'usr/share/libc-bin',
  'usr/share/linda',
  'usr/share/lintian',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/menu',
  'usr/share/pkgconfig',
  'usr/share/zsh',
  'var/backups',
  'var/cache',
  'var/lib/apt',
  'var/lib/dpkg',
  'var/lib/pam',
  'var/lib/systemd',
  'var/log',
  'var/mail',
  'var/spool',
] as const;

const documentation = 'usr/share/doc/';

/** Takes out of the tree what a distroless image does not have; `var/cache`, `var/log` and `var/spool` stay as empty folders. */
export function pruneDistroless(tree: RootTree, kept: (path: string) => boolean = () => false): void {
  prune(tree, dropped, kept);
  for (const path of tree.paths()) if (!kept(path) && isDocumentation(tree, path)) tree.delete(path);
  for (const path of ['var/cache', 'var/log', 'var/spool']) tree.addDirectory(path);
}

function isDocumentation(tree: RootTree, path: string): boolean {
  if (!path.startsWith(documentation)) return false;
  const rest = path.slice(documentation.length).split('/');
  // `doc/<package>` itself, which may be a link to another package's, and its copyright.
  if (rest.length === 1) return false;
  const isCopyright = rest.length === 2 && rest[1] === 'copyright' && tree.get(path) !== undefined;
  return !isCopyright;
}
