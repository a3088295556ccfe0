import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, realpathSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const output = (program: string, args: readonly string[], input = ''): string =>
  execFileSync(program, args, { encoding: 'utf8', input, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'ignore'] });

/** Whether this machine is a Debian, or one of its children, from whose installed packages a base can be made. */
export function hasInstalledDebian(): boolean {
  return ['apt-get', 'dpkg-query', 'dpkg-deb'].every(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

/**
 * A root file system in which apt works, as a tar: the files of the packages that this machine has installed and apt needs, with
 * dpkg's own records of them. No network is needed.
 */
export async function writeInstalledDebian(archive: string, folder: string): Promise<void> {
  const packages = closureOf(['apt', 'base-files', 'base-passwd', 'debconf']);
  const listed = output('dpkg-query', ['-L', ...packages])
    .split('\n')
    .filter((path) => path.startsWith('/') && path !== '/.');
  const paths = [...new Set(listed.flatMap(onDisk))].filter(
    (path) => !/^usr\/share\/(doc|man|locale|info)\//.test(path),
  );
  await writeFile(join(folder, 'paths'), paths.sort().join('\0'));
  const own = join(folder, 'own');
  await mkdir(join(own, 'var/lib/dpkg/info'), { recursive: true });
  await mkdir(join(own, 'etc'), { recursive: true });
  await writeFile(
    join(own, 'var/lib/dpkg/status'),
    packages.map((name) => `${output('dpkg-query', ['-s', name]).trimEnd()}\n\n`).join(''),
  );
  for (const file of ['var/lib/dpkg/diversions', 'var/lib/dpkg/statoverride', 'var/lib/dpkg/available'])
    await writeFile(join(own, file), '');
  await writeFile(
    join(own, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\n_apt:x:100:65534::/nonexistent:/usr/sbin/nologin\n',
  );
  await writeFile(join(own, 'etc/group'), 'root:x:0:\nmail:x:8:\nnogroup:x:65534:\n');
  // dpkg asks each package that it lists for its files.
  output('sh', [
    '-c',
    'cd /var/lib/dpkg/info && for name; do cp -p "$name".list "$name":*.list "$0" 2>/dev/null; done; true',
    join(own, 'var/lib/dpkg/info'),
    ...packages,
  ]);
  const owned = ['--numeric-owner', '--no-recursion', '--null'];
  execFileSync('tar', ['-c', '-f', archive, ...owned, '-C', '/', '-T', join(folder, 'paths')], { stdio: 'ignore' });
  execFileSync('tar', ['-r', '-f', archive, '--owner=0', '--group=0', '-C', own, 'var', 'etc']);
}

/** Installed packages with what they depend on; of alternatives those that are installed. */
function closureOf(names: readonly string[]): string[] {
  const fields = ['db:Status-Abbrev', 'Package', 'Essential', 'Provides', 'Pre-Depends', 'Depends'];
  const format = `${fields.map((field) => `\${${field}}`).join('|')}\n`;
  const installed = output('dpkg-query', ['-W', '-f', format])
    .split('\n')
    .filter((line) => line.startsWith('ii'));
  const records = installed.map((line) => {
    const [, name = '', essential = '', provides = '', ...depends] = line.split('|');
    return { name, essential: essential === 'yes', provides: namesIn(provides), depends: depends.flatMap(namesIn) };
  });
  const byName = new Map(
    records.flatMap((record) => [record.name, ...record.provides].map((name) => [name, record] as const)),
  );
  for (const record of records) byName.set(record.name, record);
  const wanted = new Set([...names, ...records.filter(({ essential }) => essential).map(({ name }) => name)]);
  const chosen = new Set<string>();
  for (const name of wanted) {
    const record = byName.get(name);
    if (record === undefined) continue;
    chosen.add(record.name);
    for (const next of record.depends) wanted.add(next);
  }
  return [...chosen].sort();
}

function namesIn(relations: string): string[] {
  return relations
    .split(/[,|]/)
    .map((relation) => /^\s*([^\s:(]+)/.exec(relation)?.[1] ?? '')
    .filter((name) => name !== '');
}

/** The path without links on its way, so that nothing is unpacked through one; none for what is not there. */
function onDisk(path: string): string[] {
  try {
    const place = join(realpathSync(dirname(path)), basename(path));
    lstatSync(place);
    return [place.slice(1)];
  } catch {
    return [];
  }
}
