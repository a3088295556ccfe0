import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleText, writeContext } from '../contexts.ts';
import type { Row } from '../row.ts';

export const edit: Row = {
  name: 'edit',
  what: 'one of 500 source files edited: COPY, a RUN that reads them all, and COPY --from into the final stage run again',

  async prepare({ folder, base }) {
    const context = await writeContext(join(folder, 'context'), {
      Dockerfile: [
        `FROM ${base.name} AS build`,
        'RUN mkdir -p /opt/dependencies && cp -r /usr/lib /opt/dependencies/',
        'WORKDIR /src',
        'COPY source/ source/',
        'RUN cat source/* | sha256sum > program.sum && cat source/* > program',
        `FROM ${base.name}`,
        'RUN mkdir -p /etc/app && echo production > /etc/app/mode',
        'COPY --from=build /src/program /src/program.sum /srv/',
        'CMD ["cat", "/srv/program"]',
        '',
      ].join('\n'),
      ...Object.fromEntries(
        Array.from({ length: 500 }, (_, index) => [`source/${index}.c`, sampleText(`${index}`, 4000)]),
      ),
    });
    return {
      async warm(builder) {
        await builder.build({ context, base });
        await writeFile(join(context, 'source/250.c'), sampleText('first edit', 4000));
        await builder.build({ context, base });
      },
      async run(builder, serial) {
        await writeFile(join(context, 'source/250.c'), sampleText(`edit ${serial}`, 4000));
        return builder.build({ context, base });
      },
    };
  },
};
