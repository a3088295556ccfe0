import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeContext } from '../contexts.ts';
import type { Row, Site } from '../row.ts';

export const bigLayer: Row = {
  name: 'export',
  what: 'COPY of 1 GB of programs and libraries (/usr of this machine), written as an OCI archive with a gzip layer',

  async prepare(site) {
    const context = await systemFiles(site, site.quick ? 20e6 : 1e9);
    return {
      async run(builder) {
        const archive = join(site.folder, 'image.tar');
        await builder.forgetContexts();
        const cost = await builder.build({ context, base: site.base, noCache: true, archive });
        if (cost === undefined) return undefined;
        const { size } = await stat(archive);
        await rm(archive);
        return { ...cost, bytes: size };
      },
    };
  },
};

/** Only on request: it takes minutes, and what it shows is the memory. */
export const hugeLayer: Row = {
  name: 'big',
  what: 'COPY of 10 GB (the same, ten times over) into a gzip layer; in the store, not exported',

  async prepare(site) {
    const bytes = site.quick ? 20e6 : 1e9;
    const context = await systemFiles(site, bytes);
    for (let copy = 1; copy < 10; copy++) {
      const folder = join(context, `files/${copy}`);
      await mkdir(folder);
      for (const name of await readdir(join(context, 'files/0')))
        await link(join(context, 'files/0', name), join(folder, name));
    }
    return { run: (builder) => builder.build({ context, base: site.base, noCache: true }) };
  },
};

/** A context with so many bytes of what is installed here, in files of 16 MB. */
async function systemFiles({ folder, base }: Site, bytes: number): Promise<string> {
  const context = await writeContext(join(folder, 'context'), {
    Dockerfile: `FROM ${base.name}\nCOPY files/ /srv/\n`,
    'files/0/.keep': '',
  });
  const fileBytes = Math.min(16e6, bytes);
  let [written, file] = [0, await open(join(context, 'files/0/0'), 'w')];
  try {
    // Where there is less than that, it is taken again.
    for (;;) {
      const before = written;
      for await (const path of filesBelow('/usr')) {
        const content = await readFile(path).catch(() => Buffer.alloc(0));
        for (let at = 0; at < content.length; ) {
          const room = fileBytes - (written % fileBytes);
          const piece = content.subarray(at, at + Math.min(room, bytes - written));
          await file.write(piece);
          at += piece.length;
          written += piece.length;
          if (written === bytes) return context;
          if (written % fileBytes !== 0) continue;
          await file.close();
          file = await open(join(context, `files/0/${written / fileBytes}`), 'w');
        }
      }
      if (written === before) throw new Error('There is nothing to read in /usr');
    }
  } finally {
    await file.close();
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string, void, undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}
