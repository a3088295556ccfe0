// Layers that are too many, too full, or hide all below.
import { opaqueOf, type TarEntryInput, whiteoutOf } from '@lading/tar';
import { file, type HostileCase, link, repeated } from '../hostile-case.ts';

function* tiny(count: number, name: (at: number) => string): Generator<TarEntryInput> {
  for (let at = 0; at < count; at++) yield file(name(at));
}

/** Names that have little in common. */
const scattered = (layer: number, at: number): string => {
  let state = (layer * 1_000_003 + at * 7919) >>> 0;
  let name = '';
  while (name.length < 240) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    name += state.toString(36);
  }
  return name;
};

const packages = (count: number, layer: number): readonly TarEntryInput[] =>
  Array.from({ length: count }, (_, at) =>
    file(`l${layer}/node_modules/p${at}/package.json`, JSON.stringify({ name: `p${at}`, version: `${layer}.0.0` })),
  );

export const layerCases: readonly HostileCase[] = [
  {
    name: 'two hundred layers',
    layers: () => Array.from({ length: 200 }, (_, at) => packages(2, at)),
    found: ['p1'],
  },
  {
    name: 'whiteouts of everything, of nothing, and of themselves',
    layers: () => [
      packages(20, 0),
      [
        file(whiteoutOf('l0')),
        file(whiteoutOf('absent/away')),
        file(opaqueOf('')),
        file(opaqueOf('l0/node_modules')),
        file('.wh..wh.plnk/1.2'),
        file('a/.wh.'),
        file('a/.wh..wh.'),
        file(`.wh.${'x'.repeat(300)}`),
      ],
      [file('b/node_modules/after/package.json', '{"name":"after","version":"1.0.0"}')],
    ],
    warned: ['a/.wh.'],
    found: ['after'],
    apart: true,
  },
  {
    name: 'a path that is file, folder and link by turns',
    layers: () => [
      [
        file('x', 'y'),
        file('x/node_modules/inside/package.json', '{"name":"inside","version":"1.0.0"}'),
        link('symlink', 'x', '../../../../etc'),
        link('symlink', 'y', 'x'),
        link('hardlink', 'z', 'x/node_modules/inside/package.json'),
        file('w/node_modules/good/package.json', '{"name":"good","version":"1.0.0"}'),
      ],
    ],
    found: ['good'],
  },
  {
    name: 'a million tiny entries',
    layers: () => [tiny(1_000_000, (at) => `d${at % 1000}/${at}`)],
    slow: true,
  },
  {
    name: 'ten layers of 40,000 long names that have nothing in common',
    layers: () => Array.from({ length: 10 }, (_, layer) => tiny(40_000, (at) => scattered(layer, at))),
    refused: /CONTENT_TOO_LARGE/,
    // Layers that are read are held beside those that were.
    megabytes: 300,
    slow: true,
  },
  {
    name: 'forty layers of 1,000 packages each',
    layers: () => Array.from({ length: 40 }, (_, at) => packages(1000, at)),
    refused: /CONTENT_TOO_LARGE/,
    slow: true,
  },
  {
    name: 'a thousand packages in each of twenty-five layers, each of which removes those below',
    layers: () =>
      Array.from({ length: 25 }, (_, at) => [
        ...(at === 0 ? [] : [file(whiteoutOf(`l${at - 1}`))]),
        ...packages(1000, at),
      ]),
    found: ['p999'],
    slow: true,
  },
  {
    name: 'a text of 1 GB in a single line, and one of which every word may be a secret',
    layers: () => [
      [
        repeated('var/log/line', 2 ** 30, 'a'),
        repeated('var/log/words', 200_000_000, 'password=api_key=token: secret"AKIA ghp_ xoxb- '),
      ],
    ],
    slow: true,
    seconds: 120,
  },
  {
    name: 'a layer that inflates to 6 GB of zeros in one file',
    layers: () => [[repeated('zeros', 6_000_000_000, Buffer.alloc(1 << 20))]],
    slow: true,
    seconds: 180,
  },
];
