// What package managers remember, as nobody could have installed it.
import { file, type HostileCase, link, repeated } from '../hostile-case.ts';

const osRelease = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n';
const paragraph = (name: string): string =>
  `Package: ${name}\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n\n`;

/** A folder in which each name leads to the next, and the last to the first. */
const loop = ['etc/os-release', 'usr/lib/os-release', 'run/os-release'];

export const recordCases: readonly HostileCase[] = [
  {
    name: 'a status of dpkg of 200 MB',
    layers: () => [
      [file('etc/os-release', osRelease), repeated('var/lib/dpkg/status', 200_000_000, paragraph('again'))],
    ],
    warned: ['var/lib/dpkg/status'],
    slow: true,
  },
  {
    name: 'a status of dpkg with 120,000 packages',
    layers: () => {
      const status = Array.from({ length: 120_000 }, (_, at) => paragraph(`package-${at}`)).join('');
      return [[file('etc/os-release', osRelease), file('var/lib/dpkg/status', status)]];
    },
    warned: ['var/lib/dpkg/status'],
    found: ['package-7'],
    slow: true,
  },
  {
    name: 'a package of dpkg whose name, version, source and maintainer have 2 MB each',
    slow: true,
    layers: () => {
      const long = 'x'.repeat(2 << 20);
      const status = `Package: ${long}\nVersion: ${long}\nSource: ${long} (${long})\nMaintainer: ${long}\n\n${paragraph('after')}`;
      return [[file('etc/os-release', osRelease), file('var/lib/dpkg/status.d/long', status)]];
    },
    found: ['after'],
  },
  {
    name: 'thirty layers, each with a status of 30 MB of which little is told',
    layers: () =>
      Array.from({ length: 30 }, (_, at) => [
        file('var/lib/dpkg/status.d/a', `Note: ${'x'.repeat(30_000_000)}\n${paragraph(`a-name-long-enough-${at}`)}`),
      ]),
    slow: true,
  },
  {
    name: 'a package.json of 200 MB',
    layers: () => [[repeated('app/node_modules/large/package.json', 200_000_000, ' ')]],
    warned: ['app/node_modules/large/package.json'],
    slow: true,
  },
  {
    name: 'a package.json of depth 100,000',
    layers: () => {
      const depth = 100_000;
      const deep = `{"name":"deep","version":"1.0.0","license":${'{"type":'.repeat(depth)}1${'}'.repeat(depth)}}`;
      const list = `{"name":"deep","version":"1.0.0","licenses":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      return [[file('app/node_modules/deep/package.json', deep), file('app/node_modules/deeper/package.json', list)]];
    },
  },
  {
    name: 'a package.json of a million values, of many licenses, and of one long one',
    slow: true,
    layers: () => [
      [
        file(
          'a/node_modules/values/package.json',
          `{"name":"values","version":"1.0.0","x":[${'1,'.repeat(999_000)}1]}`,
        ),
        file(
          'a/node_modules/many/package.json',
          `{"name":"many","version":"1.0.0","licenses":[${'"MIT",'.repeat(300_000)}"MIT"]}`,
        ),
        file(
          'a/node_modules/long/package.json',
          `{"name":"long","version":"1.0.0","license":"${'(MIT OR '.repeat(100_000)}"}`,
        ),
      ],
    ],
    found: ['values'],
  },
  {
    name: 'metadata of Python with a million lines',
    slow: true,
    layers: () => [
      [
        file(
          'p/a.dist-info/METADATA',
          `Metadata-Version: 2.1\n${'Classifier: License :: OSI Approved :: x\n'.repeat(1_000_000)}Name: late\nVersion: 1\n`,
        ),
        file('p/b.dist-info/METADATA', `Name: folded\nVersion: 1\nLicense: x\n${' y\n'.repeat(1_000_000)}`),
      ],
    ],
    warned: ['p/a.dist-info/METADATA'],
    found: ['folded'],
  },
  {
    name: 'lists of files of a million lines each',
    layers: () => [
      [
        file('etc/os-release', osRelease),
        file('var/lib/dpkg/status', paragraph('a')),
        ...Array.from({ length: 6 }, (_, at) =>
          repeated(`var/lib/dpkg/info/p${at}.list`, 30_000_000, `/${at}${'/long'.repeat(40)}\n`),
        ),
      ],
    ],
    found: ['a'],
    slow: true,
  },
  {
    name: 'an index of apk that never ends a paragraph, and one of empty ones',
    layers: () => [
      [
        file('lib/apk/db/installed', `P:one\nV:1-r0\n${'F:x\nR:y\n'.repeat(500_000)}`),
        file('usr/lib/apk/db/installed', '\n'.repeat(8 << 20)),
      ],
    ],
    found: ['one'],
  },
  {
    name: 'a release whose links go round in circles, hard links to nothing, and one to itself',
    layers: () => [
      [
        ...loop.map((path, at) => link('symlink', path, `/${loop[(at + 1) % loop.length]}`)),
        link('symlink', 'lib', 'lib'),
        link('hardlink', 'var/lib/dpkg/status', 'absent/status'),
        link('hardlink', 'lib/apk/db/installed', 'lib/apk/db/installed'),
        file('usr/lib/node_modules/a/package.json', '{"name":"real","version":"1.0.0"}'),
      ],
    ],
    found: ['real'],
    apart: true,
  },
  {
    name: 'an os-release of 10 MB without a line break',
    layers: () => [
      [file('etc/os-release', `ID="${'x'.repeat(10_000_000)}"`), file('var/lib/dpkg/status', paragraph('a'))],
    ],
  },
  {
    name: 'gemspecs, records of composer, conda and .NET with a million of everything',
    slow: true,
    layers: () => {
      const deps = `{"targets":{"x":{${Array.from({ length: 90_000 }, (_, at) => `"p${at}/1.0.0":{}`).join(',')}}},"libraries":{${Array.from({ length: 90_000 }, (_, at) => `"p${at}/1.0.0":{"type":"package"}`).join(',')}}}`;
      return [
        [
          file(
            'g/specifications/a-1.gemspec',
            `Gem::Specification.new do |s|\n  s.name = "${'\\u0041'.repeat(200_000)}"\n  s.version = "1"\n${'  s.licenses = ["MIT".freeze]\n'.repeat(50_000)}end\n`,
          ),
          file('g/specifications/b-1.gemspec', `s.name = ${'"a" + '.repeat(200_000)}`),
          file('c/composer/installed.json', `{"packages":[${'{"name":"a/b","version":"1.0"},'.repeat(100_000)}{}]}`),
          file('k/conda-meta/a.json', `{"name":"${'a'.repeat(1_000_000)}","version":"1"}`),
          file('d/app.deps.json', deps),
          file('d/a/1/a.nuspec', `<package><metadata>${'<id>'.repeat(200_000)}`),
          file('j/a.jar', Buffer.from('PK\x05\x06')),
        ],
      ];
    },
  },
];
