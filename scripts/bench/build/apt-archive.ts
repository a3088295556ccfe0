import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { sampleText } from './contexts.ts';
import { succeed } from './succeed.ts';

/** An archive for apt on loopback. */
export interface AptArchive {
  /** A line of sources.list. */
  readonly source: string;
  stop(): Promise<void>;
}

export interface PackageShape {
  readonly name: string;
  readonly depends: readonly string[];
  readonly files: number;
  readonly fileBytes: number;
}

/** Makes packages with dpkg-deb, and serves them with an index. */
export async function serveAptArchive(folder: string, packages: readonly PackageShape[]): Promise<AptArchive> {
  const stanzas = await Promise.all(packages.map((shape) => makePackage(folder, shape)));
  await writeFile(join(folder, 'Packages'), stanzas.join('\n'));
  const server = createServer((request, response) => {
    const file = createReadStream(join(folder, new URL(request.url ?? '/', 'http://localhost').pathname));
    file.once('open', () => response.writeHead(200));
    file.once('error', () => response.writeHead(404).end());
    file.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    source: `deb [trusted=yes] http://127.0.0.1:${port} ./`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function makePackage(folder: string, { name, depends, files, fileBytes }: PackageShape): Promise<string> {
  const root = join(folder, name);
  const control = [
    ...[`Package: ${name}`, 'Version: 1.0-1', 'Architecture: all', 'Maintainer: Bench <bench@example.org>'],
    ...(depends.length === 0 ? [] : [`Depends: ${depends.join(', ')}`]),
    ...['Section: misc', 'Priority: optional', `Description: ${files} files to be installed`, ''],
  ].join('\n');
  await mkdir(join(root, 'DEBIAN'), { recursive: true });
  await mkdir(join(root, `usr/share/${name}`), { recursive: true });
  await writeFile(join(root, 'DEBIAN/control'), control);
  const text = Buffer.from(sampleText(name, fileBytes + files));
  for (let file = 0; file < files; file++)
    await writeFile(join(root, `usr/share/${name}/${file}.txt`), text.subarray(file, file + fileBytes));
  const archive = `${name}_1.0-1_all.deb`;
  await succeed('dpkg-deb', ['--root-owner-group', '--build', root, join(folder, archive)]);
  const digest = createHash('sha256')
    .update(await readFile(join(folder, archive)))
    .digest('hex');
  const { size } = await stat(join(folder, archive));
  return `${control}Filename: ./${archive}\nSize: ${size}\nSHA256: ${digest}\n`;
}
