import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { succeed } from '../build/succeed.ts';

/** An image as archives that all scanners read. */
export interface ScannedImage {
  readonly name: ImageName;
  /** As `docker save` writes it, with layers that are not compressed. */
  readonly dockerArchive: string;
  /** With gzip layers, as registries have them. */
  readonly ociArchive: string;
}

export type ImageName = '250 MB' | '1 GB';

const base =
  'apt, base-files, base-passwd, bash, coreutils, dash, diffutils, findutils, grep, gzip, hostname, libc-bin, mount, passwd, perl-base, sed, tar, util-linux';
const packages: Readonly<Record<ImageName, string>> = {
  '250 MB': `${base}, python3, python3-requests, curl, git, openssl`,
  '1 GB': `${base}, python3, python3-requests, python3-numpy, curl, git, openssl, nodejs, npm, default-jdk-headless, maven, gcc, ruby, php-cli, redis-server, nginx`,
};

/**
 * Debian bookworm with what applications bring along, made by recipes from the archives of this machine's apt, and kept in `cache` for the
 * next run, which then needs no network. Sizes are of the layers before they are compressed.
 */
export async function scannedImage(lading: string, name: ImageName, cache: string): Promise<ScannedImage> {
  const stem = join(cache, `scan-${name.replace(' ', '').toLowerCase()}`);
  const image = { name, dockerArchive: `${stem}-docker.tar`, ociArchive: `${stem}-oci.tar` };
  if (await isThere(image.dockerArchive)) return image;
  const work = `${stem}.work`;
  await mkdir(work, { recursive: true });
  const recipe = `distro: debian\nsuite: bookworm\nvariant: full\npackages: [${packages[name]}]\n`;
  await writeFile(join(work, 'image.yaml'), recipe);
  const root = ['--root', join(work, 'home')];
  const reference = 'bench.example.org/scanned:1';
  await succeed(lading, ['build', ...root, '-f', join(work, 'image.yaml'), '-t', reference, work]);
  await succeed(lading, ['save', ...root, '--format=oci', '-o', image.ociArchive, reference]);
  await succeed(lading, ['save', ...root, '-o', `${image.dockerArchive}.tmp`, reference]);
  await rename(`${image.dockerArchive}.tmp`, image.dockerArchive);
  await succeed('rm', ['-rf', work]);
  return image;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
