import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleText, writeContext } from '../contexts.ts';
import type { Row } from '../row.ts';

export const manyFiles: Row = {
  name: 'files',
  what: 'COPY of 100,000 files of 100 to 2,000 bytes in 1,000 folders, from a context that the builder has not seen',

  async prepare({ folder, base, quick }) {
    const [folders, files] = [quick ? 20 : 1000, 100];
    const text = Buffer.from(sampleText('files', 20_000));
    for (let each = 0; each < folders; each++) {
      const place = join(folder, 'context/files', String(each));
      await mkdir(place, { recursive: true });
      for (let file = 0; file < files; file++) {
        const start = (each * 37 + file * 11) % 18_000;
        const content = text.subarray(start, start + 100 + ((each * 7 + file * 13) % 1900));
        await writeFile(join(place, `${file}.txt`), content);
      }
    }
    const context = await writeContext(join(folder, 'context'), {
      Dockerfile: `FROM ${base.name}\nCOPY files/ /srv/\n`,
    });
    return {
      async run(builder) {
        await builder.forgetContexts();
        return builder.build({ context, base, noCache: true });
      },
    };
  },
};
