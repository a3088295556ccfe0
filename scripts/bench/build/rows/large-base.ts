import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fromBuffer } from '@lading/bytes';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { baseOf } from '../bases.ts';
import { writeContext } from '../contexts.ts';
import type { Row, Site } from '../row.ts';
import { succeed } from '../succeed.ts';

export const runOnLargeBase: Row = {
  name: 'base-run',
  what: 'RUN touch of one new file on a base with 500,000 files, which was built on before',
  prepare: (site) => onLargeBase(site, (serial) => `RUN touch /srv/new-${serial}`),
};

export const copyToLargeBase: Row = {
  name: 'base-copy',
  what: 'COPY of one new file onto a base with 500,000 files, which was built on before',
  prepare: (site) => onLargeBase(site, () => 'COPY new /srv/'),
};

async function onLargeBase(site: Site, instruction: (serial: number) => string): ReturnType<Row['prepare']> {
  const { folder, lading, base, quick } = site;
  const context = join(folder, 'context');
  const from = async (name: string, line: string, serial: number): Promise<void> => {
    await writeContext(context, { Dockerfile: `FROM ${name}\n${line}\n`, new: String(serial) });
  };
  // The files are a layer on the Debian base, whose shell runs the step.
  const name = 'bench.example.org/large:1';
  const root = ['--root', join(folder, 'large')];
  const archive = join(folder, 'large.tar');
  await mkdir(context);
  await writeTarFile(join(folder, 'context/files.tar'), quick ? 2_000 : 500_000);
  await succeed(lading, ['load', ...root, '-i', base.ociArchive, '--name', base.name]);
  await from(base.name, 'ADD files.tar /data/', 0);
  await succeed(lading, ['build', ...root, '-t', name, context]);
  await succeed(lading, ['save', ...root, '--format=oci', '-o', archive, name]);
  await writeFile(join(context, '.dockerignore'), 'files.tar\n');
  const large = await baseOf(lading, folder, name, archive);
  return {
    bases: [large],
    async warm(builder) {
      await from(name, 'RUN touch /srv/first', 0);
      await builder.build({ context, base: large });
      await from(name, instruction(-1), -1);
      await builder.build({ context, base: large });
    },
    async run(builder, serial) {
      await from(name, instruction(serial), serial);
      return builder.build({ context, base: large });
    },
  };
}

async function writeTarFile(path: string, files: number): Promise<void> {
  await pipeline(writeTar(entries(files)), createWriteStream(path));
}

function* entries(files: number): Generator<TarEntryInput, void, undefined> {
  const common = { uid: 0, gid: 0, mtime: 1_000_000_000 };
  for (let file = 0; file < files; file++) {
    const folder = Math.floor(file / 100);
    if (file % 100 === 0) yield { ...common, path: `${folder}`, type: 'directory', mode: 0o755, size: 0 };
    const content = Buffer.from(`file ${file}\n`);
    yield {
      ...{ ...common, path: `${folder}/module-${file % 100}.js`, type: 'file', mode: 0o644, size: content.length },
      content: fromBuffer(content),
    };
  }
}
