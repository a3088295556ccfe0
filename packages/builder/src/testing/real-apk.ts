import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { collect, fromFile, gunzip } from '@lading/bytes';
import { readTar } from '@lading/tar';
import { type ProgramResult, runProgram, skipUnless, temporaryFolder, vector } from '@lading/testkit';

/** Runs Alpine's own apk on a root folder. */
export type Apk = (root: string, ...args: string[]) => Promise<ProgramResult>;

/** The apk of the Alpine 3.11 test vector, run by the loader that it comes with; undefined after skipping the test. */
export async function realApk(t: TestContext): Promise<Apk | undefined> {
  const archive = vector(t, 'images/alpine-311.docker-archive.tar.gz');
  if (archive === undefined) return undefined;
  const able = process.arch === 'x64' && process.getuid?.() === 0;
  if (!skipUnless(t, able, 'root on amd64: apk changes owners of files')) return undefined;
  const folder = await temporaryFolder(t);
  for await (const entry of readTar(gunzip(fromFile(archive)))) {
    if (!entry.path.endsWith('/layer.tar')) continue;
    for await (const { path, type, linkPath = '', content } of readTar(entry.content)) {
      if (!/^(?:lib\/[^/]*\.so|sbin\/apk$)/.test(path)) continue;
      await mkdir(join(folder, path, '..'), { recursive: true });
      if (type === 'symlink') await symlink(linkPath, join(folder, path));
      if (type !== 'file') continue;
      const bytes = await collect(content, { maxBytes: 16 << 20, what: path });
      await writeFile(join(folder, path), bytes, { mode: 0o755 });
    }
  }
  const loader = join(folder, 'lib/ld-musl-x86_64.so.1');
  const own = ['--library-path', join(folder, 'lib'), join(folder, 'sbin/apk')];
  return (root, ...args) => runProgram(loader, [...own, '--root', root, ...args]);
}
