import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Base } from './builder.ts';
import { succeed } from './succeed.ts';

const recipe = `distro: debian
suite: bookworm
variant: full
packages: [apt, base-files, base-passwd, bash, coreutils, dash, diffutils, findutils, grep, gzip, hostname, libc-bin, mount, passwd,
  perl-base, sed, tar, util-linux]
`;

/**
 * Debian bookworm with apt, made by a recipe from the archives of this machine's apt, and kept in `cache` for the next run, which then
 * needs no network. Any other image with apt and a shell can be given as an archive.
 */
export async function debianBase(
  lading: string,
  folder: string,
  { cache, archive }: { readonly cache: string; readonly archive?: string | undefined },
): Promise<Base> {
  const kept = archive ?? join(cache, 'debian-bookworm.tar');
  const name = 'bench.example.org/debian:bookworm';
  const root = ['--root', join(folder, 'bases')];
  if (
    !(await access(kept).then(
      () => true,
      () => false,
    ))
  ) {
    const context = join(folder, 'recipe');
    await mkdir(context, { recursive: true });
    await mkdir(cache, { recursive: true });
    await writeFile(join(context, 'image.yaml'), recipe);
    await succeed(lading, ['build', ...root, '-f', join(context, 'image.yaml'), '-t', name, context]);
    await succeed(lading, ['save', ...root, '--format=oci', '-o', `${kept}.tmp`, name]);
    await rename(`${kept}.tmp`, kept);
  }
  return baseOf(lading, folder, name, kept);
}

/** A base in all the forms that builders take, from an archive of any kind. */
export async function baseOf(lading: string, folder: string, name: string, archive: string): Promise<Base> {
  const root = ['--root', join(folder, 'bases')];
  const place = join(folder, name.replace(/\W+/g, '-'));
  const base = { ociArchive: `${place}-oci.tar`, dockerArchive: `${place}-docker.tar`, layout: `${place}-layout` };
  await mkdir(base.layout, { recursive: true });
  await succeed(lading, ['load', ...root, '-i', archive, '--name', name]);
  await succeed(lading, ['save', ...root, '--format=oci', '-o', base.ociArchive, name]);
  await succeed(lading, ['save', ...root, '-o', base.dockerArchive, name]);
  await succeed('tar', ['-xf', base.ociArchive, '-C', base.layout]);
  const index = JSON.parse(await readFile(join(base.layout, 'index.json'), 'utf8')) as {
    readonly manifests: readonly { readonly digest: string }[]; // our own file
  };
  return { ...base, name, digest: index.manifests[0]?.digest ?? '' };
}
