/**
 * What package managers leave behind that is of no use in an image and differs between equal runs: logs, caches, locks, and the identity of
 * the machine. Patterns relative to the root: `*` is any part of a name, a part `**` any number of folders. Indexes that a later
 * step may need (`/var/lib/apt/lists`, `/var/cache/apk`) are not among them. The list is part of the key of steps.
 */
export const scrubList: readonly string[] = [
  // apt, dpkg, debconf
  ...['var/log/apt/*', 'var/log/dpkg.log*', 'var/log/alternatives.log*', 'var/log/bootstrap.log', 'var/log/aptitude*'],
  ...[
    'var/cache/apt/*.bin',
    'var/cache/apt/archives/*.deb',
    'var/cache/apt/archives/lock',
    'var/cache/apt/archives/partial/*',
  ],
  ...['var/lib/apt/lists/lock', 'var/lib/apt/periodic/*', 'var/lib/apt/extended_states.*'],
  ...['var/lib/dpkg/*-old', 'var/lib/dpkg/lock*', 'var/lib/dpkg/triggers/Lock', 'var/cache/debconf/*-old'],
  // apk
  ...['var/log/apk.log', 'lib/apk/db/lock', 'usr/lib/apk/db/lock'],
  // dnf, yum, zypper
  ...['var/log/dnf*.log*', 'var/log/yum.log*', 'var/log/hawkey.log*', 'var/log/zypper.log*', 'var/log/zypp/*'],
  ...['var/cache/dnf/*', 'var/cache/yum/*', 'var/cache/libdnf5/*', 'var/cache/zypp/*'],
  ...['var/lib/dnf/history.sqlite*', 'var/lib/dnf/repos/*', 'var/lib/rpm/.rpm.lock', 'usr/lib/sysimage/rpm/.rpm.lock'],
  // indexes that their tools make anew
  ...['var/cache/ldconfig/aux-cache', 'var/cache/man/*', 'var/cache/fontconfig/*', 'etc/.pwd.lock'],
  // language package managers
  ...['**/__pycache__', 'root/.cache/pip', 'home/*/.cache/pip', 'root/.npm/_logs', 'root/.npm/_cacache'],
  ...['home/*/.npm/_logs', 'home/*/.npm/_cacache', 'root/.npm/_update-notifier-last-checked'],
  // the machine
  ...['etc/machine-id', 'var/lib/dbus/machine-id', 'var/lib/systemd/random-seed', 'var/log/lastlog', 'var/log/faillog'],
  ...['var/log/wtmp', 'var/log/btmp'],
];
