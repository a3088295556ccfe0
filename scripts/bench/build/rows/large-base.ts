import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fromBuffer } from '@lading/bytes';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { baseOf } from '../bases.ts';
import type { Base, BuildCost, Builder } from '../builder.ts';
import { writeContext } from '../contexts.ts';
import type { Row, Site } from '../row.ts';
import { succeed } from '../succeed.ts';

export const runOnLargeBase: Row = {
  name: 'base-run',
  keepsBases: true,
  what: 'RUN touch of one new file on a base with 500,000 files, which was built on before',
  prepare: (site) => onLargeBase(site, (serial) => `RUN touch /srv/new-${serial}`),
};

export const copyToLargeBase: Row = {
  name: 'base-copy',
  what: 'COPY of one new file onto a base with 500,000 files, which was built on before',
  prepare: (site) => onLargeBase(site, () => 'COPY new /srv/'),
};

async function onLargeBase(site: Site, instruction: (serial: number) => string): ReturnType<Row['prepare']> {
  const { folder, shared } = site;
  bases.set(shared, bases.get(shared) ?? makeLargeBase(site));
  const base = (await bases.get(shared)) as Base; // set above
  const context = join(folder, 'context');
  const build = async (builder: Builder, line: string, serial: number): Promise<BuildCost | undefined> => {
    await writeContext(context, { Dockerfile: `FROM ${name}\n${line}\n`, new: String(serial) });
    return builder.build({ context, base });
  };
  return {
    bases: [base],
    async warm(builder) {
      await build(builder, 'RUN touch /srv/first', 0);
      await build(builder, instruction(-1), -1);
    },
    run: (builder, serial) => build(builder, instruction(serial), serial),
  };
}

const name = 'bench.example.org/large:1';
const bases = new Map<string, Promise<Base>>();

/** The files are a layer on the usual base, whose shell runs the step. */
async function makeLargeBase({ shared, lading, base, quick }: Site): Promise<Base> {
  const folder = join(shared, 'large');
  const root = ['--root', join(folder, 'home')];
  const archive = join(folder, 'large.tar');
  const context = await writeContext(join(folder, 'context'), {
    Dockerfile: `FROM ${base.name}\nADD files.tar /data/\n`,
  });
  await writeTarFile(join(context, 'files.tar'), quick ? 2_000 : 500_000);
  await succeed(lading, ['load', ...root, '-i', base.ociArchive, '--name', base.name]);
  await succeed(lading, ['build', ...root, '-t', name, context]);
  await succeed(lading, ['save', ...root, '--format=oci', '-o', archive, name]);
  return baseOf(lading, folder, name, archive);
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
