import { join } from 'node:path';
import { serveAptArchive } from '../apt-archive.ts';
import { sampleText, writeContext } from '../contexts.ts';
import type { Row } from '../row.ts';

export const coldApt: Row = {
  name: 'apt',
  what: 'a multi-stage build that installs 40 + 10 packages with apt from loopback, no step cached; the base is there and unpacked',

  async prepare({ folder, base, quick }) {
    const count = quick ? 4 : 40;
    const packages = Array.from({ length: count }, (_, index) => ({
      name: `bench-tool-${index}`,
      depends: index === 0 ? [] : [`bench-tool-${index - 1}`],
      files: 100,
      fileBytes: 10_000,
    }));
    const library = Array.from({ length: count / 4 }, (_, index) => ({
      name: `bench-library-${index}`,
      depends: index === 0 ? [] : [`bench-library-${index - 1}`],
      files: 20,
      fileBytes: 50_000,
    }));
    const archive = await serveAptArchive(join(folder, 'apt'), [...packages, ...library]);
    const install = (name: string): string =>
      [
        `RUN echo '${archive.source}' >/etc/apt/sources.list && rm -rf /etc/apt/sources.list.d/* && apt-get -q update`,
        `apt-get -q install -y --no-install-recommends ${name} && rm -rf /var/lib/apt/lists/*`,
      ].join(' && ');
    const context = await writeContext(join(folder, 'context'), {
      Dockerfile: [
        `FROM ${base.name} AS build`,
        install(`bench-tool-${count - 1}`),
        'WORKDIR /src',
        'COPY source/ source/',
        'RUN cat source/* /usr/share/bench-tool-*/1.txt > program && sha256sum program > program.sum',
        `FROM ${base.name}`,
        install(`bench-library-${count / 4 - 1}`),
        'COPY --from=build /src/program /src/program.sum /srv/',
        'CMD ["cat", "/srv/program"]',
        '',
      ].join('\n'),
      ...Object.fromEntries(
        Array.from({ length: 50 }, (_, index) => [`source/${index}.c`, sampleText(`${index}`, 4000)]),
      ),
    });
    return {
      run: (builder) => builder.build({ context, base, noCache: true }),
      end: archive.stop,
    };
  },
};
