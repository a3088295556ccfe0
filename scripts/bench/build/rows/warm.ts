import { join } from 'node:path';
import { sampleText, writeContext } from '../contexts.ts';
import type { Row } from '../row.ts';

const steps = 50;

export const warm: Row = {
  name: 'warm',
  what: `${steps} steps (RUN and COPY in turn) of which none has anything to do`,

  async prepare({ folder, base }) {
    const lines = Array.from({ length: steps }, (_, index) =>
      index % 2 === 0 ? `COPY files/${index}/ /srv/${index}/` : `RUN echo ${index} > /srv/${index - 1}/done`,
    );
    const context = await writeContext(join(folder, 'context'), {
      Dockerfile: [`FROM ${base.name}`, ...lines, ''].join('\n'),
      ...Object.fromEntries(
        Array.from({ length: steps * 10 }, (_, index) => [
          `files/${Math.floor(index / 10)}/${index}.txt`,
          sampleText(`${index}`, 2000),
        ]),
      ),
    });
    return {
      async warm(builder) {
        for (let run = 0; run < 3; run++) await builder.build({ context, base });
      },
      run: (builder) => builder.build({ context, base }),
    };
  },
};
