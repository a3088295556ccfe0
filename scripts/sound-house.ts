// A house that the tests of house.ts change.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '@lading/testkit';

export type Files = Readonly<Record<string, string | null>>;

export const manifest = (name: string, floor: number | 'dev', more: object = {}): string =>
  JSON.stringify({ name, exports: { '.': './src/index.ts' }, lading: { floor }, ...more });
export const wall = (dependencies: object, more: object = {}): string =>
  manifest('@lading/wall', 1, {
    dependencies: { '@lading/stone': '1', yaml: '1', ...dependencies },
    devDependencies: { '@lading/kit': '1' },
    ...more,
  });

/** A sound house: stone below wall and gate, both below roof; kit for tests. */
const sound: Files = {
  'package.json': JSON.stringify({ devDependencies: { 'fast-check': '1' } }),
  'packages/errors/package.json': manifest('@lading/errors', 0),
  'packages/errors/README.md': '# errors',
  'packages/errors/src/index.ts': "export { fail } from './fail.ts';",
  'packages/errors/src/fail.ts': 'export const fail = 1;',
  'packages/stone/package.json': manifest('@lading/stone', 0, {
    exports: { '.': './src/index.ts', './testing': './src/testing/suite.ts' },
    dependencies: { '@lading/errors': '1' },
  }),
  'packages/stone/README.md': '# stone',
  'packages/stone/src/index.ts': "// the list\nexport { stone, type Weight } from './stone.ts';\n",
  'packages/stone/src/stone.ts':
    "import { fail } from '@lading/errors';\nexport type Weight = 1;\nexport const stone = fail;",
  'packages/stone/src/testing/suite.ts':
    "import { test } from 'node:test';\nimport { stone } from '../stone.ts';\ntest('x', () => stone);",
  'packages/wall/package.json': wall({}),
  'packages/wall/README.md': '# wall',
  'packages/wall/src/index.ts': "export type { Wall } from './wall.ts';\nexport { build } from './wall.ts';",
  'packages/wall/src/wall.ts':
    "import { readFile } from 'node:fs/promises';\nimport { stone } from '@lading/stone';\n// import '@lading/roof';\nexport type Wall = typeof import('yaml');\nexport const build = [readFile, stone];",
  'packages/wall/src/wall.test.ts':
    "import { test } from 'node:test';\nimport fc from 'fast-check';\nimport { kit } from '@lading/kit';\nimport '@lading/stone/testing';\nimport { build } from './wall.ts';\ntest('x', () => [fc, kit, build]);",
  'packages/gate/package.json': manifest('@lading/gate', 1),
  'packages/gate/README.md': '# gate',
  'packages/gate/src/index.ts': "export { gate } from './gate.ts';",
  'packages/gate/src/gate.ts': 'export const gate = 1;',
  'packages/roof/package.json': manifest('@lading/roof', 2, { dependencies: { '@lading/wall': '1' } }),
  'packages/roof/README.md': '# roof',
  'packages/roof/src/index.ts': "export { roof } from './roof.ts';",
  'packages/roof/src/roof.ts': "import type { Wall } from '@lading/wall';\nexport const roof = 1 as unknown as Wall;",
  'packages/kit/package.json': manifest('@lading/kit', 'dev', { dependencies: { '@lading/stone': '1' } }),
  'packages/kit/README.md': '# kit',
  'packages/kit/src/index.ts': "export { kit } from './kit.ts';",
  'packages/kit/src/kit.ts':
    "import { test } from 'node:test';\nimport { stone } from '@lading/stone';\nexport const kit = [test, stone];",
};

export async function houseOf(t: TestContext, changes: Files): Promise<string> {
  const root = await temporaryFolder(t);
  for (const [file, content] of Object.entries({ ...sound, ...changes })) {
    if (content === null) continue;
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), content);
  }
  return root;
}
