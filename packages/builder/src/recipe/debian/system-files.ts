import { createHash } from 'node:crypto';
import type { Spool } from '../../internal/spool.ts';
import type { RootTree } from '../root-tree.ts';

const MAIL_GID = 8;
const UTMP_GID = 43;

/**
 * What the maintainer scripts of base packages would have made: the folders of a system, base-files' defaults, nsswitch.conf,
 * the time zone. Each part is done when its package is there. Not done: PAM's common files, byte-compiled Python, /etc/shells.
 */
export async function writeSystemFiles(tree: RootTree, spool: Spool): Promise<void> {
  for (const path of ['dev', 'etc', 'home', 'run', 'usr', 'var', 'var/lib']) tree.addDirectory(path);
  for (const path of ['proc', 'sys']) tree.addDirectory(path, 0o555);
  for (const path of ['tmp', 'var/tmp']) tree.addDirectory(path, 0o1777);
  tree.addDirectory('root', 0o700);
  const copy = async (from: string, to: string): Promise<void> => {
    const content = await tree.read(from, spool);
    if (content !== undefined && !tree.exists(to)) tree.addFile(to, content);
  };
  if (tree.exists('usr/share/base-files')) {
    await copy('usr/share/base-files/dot.profile', 'root/.profile');
    await copy('usr/share/base-files/dot.bashrc', 'root/.bashrc');
    await copy('usr/share/base-files/profile', 'etc/profile');
    await copy('usr/share/base-files/motd', 'etc/motd');
    for (const path of ['mnt', 'srv', 'opt', 'etc/opt', 'var/opt', 'media']) tree.addDirectory(path);
    tree.addDirectory('var/mail', 0o2775, 0, MAIL_GID);
    if (!tree.exists('var/spool/mail')) tree.addSymlink('var/spool/mail', '../mail');
    link(tree, 'var/run', '/run');
    link(tree, 'var/lock', '/run/lock');
    tree.addDirectory('run/lock', 0o1777);
    for (const name of ['bin', 'etc', 'games', 'include', 'lib', 'sbin', 'share', 'share/man', 'src']) {
      tree.addDirectory(`usr/local/${name}`);
    }
    if (!tree.exists('usr/local/man')) tree.addSymlink('usr/local/man', 'share/man');
    if (tree.exists('etc/dpkg/origins/debian') && !tree.exists('etc/dpkg/origins/default')) {
      tree.addSymlink('etc/dpkg/origins/default', 'debian');
    }
    for (const [name, mode] of [
      ['wtmp', 0o664],
      ['btmp', 0o660],
      ['lastlog', 0o664],
    ] as const) {
      if (!tree.exists(`var/log/${name}`)) tree.addFile(`var/log/${name}`, '', { mode, gid: UTMP_GID });
    }
  }
  await copy('usr/share/libc-bin/nsswitch.conf', 'etc/nsswitch.conf');
  if (!tree.exists('etc/nsswitch.conf')) tree.addFile('etc/nsswitch.conf', nsswitch);
  if (tree.exists('usr/share/zoneinfo/Etc/UTC') && !tree.exists('etc/localtime')) {
    tree.addSymlink('etc/localtime', '/usr/share/zoneinfo/Etc/UTC');
    tree.addFile('etc/timezone', 'Etc/UTC\n');
  }
}

// base-files ships an empty directory and its script makes it a link.
function link(tree: RootTree, path: string, target: string): void {
  const node = tree.get(path);
  if (node?.type === 'directory' && tree.list(path).length === 0) tree.delete(path);
  if (tree.get(path) === undefined) tree.addSymlink(path, target);
}

const nsswitch = `passwd:         files
group:          files
shadow:         files
hosts:          files dns
networks:       files
protocols:      files
services:       files
`;

/**
 * What update-ca-certificates would make of the package ca-certificates: one bundle with every certificate of Mozilla's list.
 * The links by subject hash, which a few programs search instead, are not made.
 */
export async function writeCertificates(tree: RootTree, spool: Spool): Promise<void> {
  const folder = 'usr/share/ca-certificates/mozilla';
  const names = tree.list(folder).filter((name) => name.endsWith('.crt'));
  if (names.length === 0) return;
  const bundle: Buffer[] = [];
  const seen = new Set<string>();
  for (const name of names) {
    const content = (await tree.read(`${folder}/${name}`, spool)) ?? Buffer.alloc(0);
    const hash = createHash('sha256').update(content).digest('hex');
    if (seen.has(hash)) continue;
    seen.add(hash);
    bundle.push(content);
    if (content.at(-1) !== 0x0a) bundle.push(Buffer.from('\n'));
  }
  tree.addFile('etc/ssl/certs/ca-certificates.crt', Buffer.concat(bundle));
  if (!tree.exists('etc/ca-certificates.conf')) {
    tree.addFile('etc/ca-certificates.conf', names.map((name) => `mozilla/${name}\n`).join(''));
  }
}
