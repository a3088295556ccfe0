import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runProgram, vectorsFolder } from '@lading/testkit';
import type { Tool } from './tools.ts';
import { apk, dpkgQuery, rpm } from './tools.ts';

/** A root file system of which the package manager that made it, and trivy, are asked what is installed. */
export interface Root {
  readonly name: string;
  readonly manager: Tool;
  /** Makes it in an empty folder; text says what it lacks. */
  make(folder: string): Promise<string | undefined>;
}

const program = join(import.meta.dirname, '../../../bin/lading');

const recipe = `distro: debian
suite: bookworm
packages: [base-files, base-passwd, ca-certificates, coreutils, dash, nginx-light, perl, python3]
`;

export const roots: readonly Root[] = [
  { name: 'this machine', manager: dpkgQuery, make: (folder) => copyHost(folder) },
  { name: 'Debian recipe', manager: dpkgQuery, make: (folder) => buildRecipe(folder) },
  ...['alpine-310', 'alpine-311'].map((name) => ({
    name,
    manager: apk,
    make: (folder: string) => unpackImage(folder, `images/${name}.docker-archive.tar.gz`),
  })),
  rpmRoot('rpm SQLite', 'sqlite', 'cbl-mariner-2.0.rpmdb.sqlite', 'rpmdb.sqlite', 'ID=mariner\nVERSION_ID="2.0"\n'),
  rpmRoot('rpm NDB', 'ndb', 'sle15-bci.Packages.ndb', 'Packages.db', 'ID="sles"\nVERSION_ID="15.3"\n'),
  rpmRoot('rpm Berkeley DB', 'bdb_ro', 'libuuid.Packages.bdb', 'Packages', 'ID="rhel"\nVERSION_ID="8.8"\n'),
];

/** Only dpkg's records and the release, for which trivy reads the older file: the rest is a machine's own. */
async function copyHost(folder: string): Promise<string | undefined> {
  for (const path of ['var/lib/dpkg/status', 'etc/os-release', 'etc/debian_version']) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    const missing = await copyFile(join('/', path), target).then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (missing !== undefined) return missing;
  }
  return undefined;
}

async function buildRecipe(folder: string): Promise<string | undefined> {
  await writeFile(join(folder, '../image.yaml'), recipe);
  const args = ['build', '--root', '../home', '-f', '../image.yaml', '-o', folder, '..'];
  const { code, stderr } = await runProgram(program, args, { cwd: folder, timeoutMs: 300_000 });
  return code === 0 ? undefined : stderr.trim().split('\n').at(-1);
}

/** The root file system of an image of one layer. */
async function unpackImage(folder: string, vector: string): Promise<string | undefined> {
  const archive = join(folder, '../archive');
  await mkdir(archive);
  const { code, stderr } = await runProgram('tar', ['-xzf', join(vectorsFolder(), vector), '-C', archive]);
  if (code !== 0) return stderr.trim();
  const [image] = JSON.parse(await readFile(join(archive, 'manifest.json'), 'utf8')) as [{ Layers: [string] }];
  const layer = await runProgram('tar', ['-xf', join(archive, image.Layers[0]), '-C', folder]);
  return layer.code === 0 ? undefined : layer.stderr.trim();
}

function rpmRoot(name: string, backend: string, vector: string, file: string, osRelease: string): Root {
  return {
    name,
    manager: rpm(backend),
    async make(folder) {
      for (const path of ['var/lib/rpm', 'etc']) await mkdir(join(folder, path), { recursive: true });
      await writeFile(join(folder, 'etc/os-release'), osRelease);
      return copyFile(join(vectorsFolder(), 'rpm', vector), join(folder, 'var/lib/rpm', file)).then(
        () => undefined,
        (error: Error) => error.message,
      );
    },
  };
}
