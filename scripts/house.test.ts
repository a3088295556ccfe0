import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram, temporaryFolder } from '@lading/testkit';
import { checkHouse, type Rule } from './house.ts';
import { type Files, houseOf, manifest, wall } from './sound-house.ts';

test('checkHouse() has nothing to say about a sound house', async (t) => {
  assert.deepEqual(await checkHouse(await houseOf(t, {})), []);
});

const extra = 'packages/wall/src/extra.ts';
const json = 'packages/wall/package.json';

/** One planted mistake each: what is changed, and where and as what it must be seen. */
const planted: readonly [name: string, changes: Files, rule: Rule, at: string, message: RegExp][] = [
  [
    'an import of a higher floor',
    { [json]: wall({ '@lading/roof': '1' }), [extra]: "\nimport { roof } from '@lading/roof';" },
    'floor',
    `${extra}:2`,
    /@lading\/roof is on floor 2, @lading\/wall on floor 1/,
  ],
  [
    'an import of the same floor',
    { [json]: wall({ '@lading/gate': '1' }), [extra]: "export { gate } from '@lading/gate';" },
    'floor',
    `${extra}:1`,
    /@lading\/gate is on floor 1/,
  ],
  [
    'a type-only import of a higher floor',
    { [json]: wall({ '@lading/roof': '1' }), [extra]: "import type { Roof } from '@lading/roof';" },
    'floor',
    `${extra}:1`,
    /floor 2/,
  ],
  [
    'a dynamic import of a higher floor',
    { [json]: wall({ '@lading/roof': '1' }), [extra]: "export const late = () => import('@lading/roof');" },
    'floor',
    `${extra}:1`,
    /floor 2/,
  ],
  [
    'an import of itself by name',
    { [extra]: "import { build } from '@lading/wall';" },
    'floor',
    `${extra}:1`,
    /imports itself by name/,
  ],
  [
    'an undeclared package of the workspace',
    { [extra]: "import { fail } from '@lading/errors';" },
    'undeclared',
    `${extra}:1`,
    /@lading\/errors is not a dependency/,
  ],
  [
    'an undeclared external package',
    { [extra]: "import zod from 'zod/mini';" },
    'undeclared',
    `${extra}:1`,
    /zod is not a dependency/,
  ],
  [
    'an external package that only the root declares',
    { [extra]: "import fc from 'fast-check';" },
    'undeclared',
    `${extra}:1`,
    /fast-check is only a devDependency/,
  ],
  [
    'an undeclared package in a test',
    { 'packages/gate/src/gate.test.ts': "import { kit } from '@lading/kit';" },
    'undeclared',
    'packages/gate/src/gate.test.ts:1',
    /@lading\/kit is not a dependency/,
  ],
  ['a dependency nobody imports', { [json]: wall({ zod: '1' }) }, 'unused', `${json}:1`, /zod is declared but nothing/],
  [
    'a dependency that only tests import',
    { [json]: wall({ zod: '1' }), 'packages/wall/src/extra.test.ts': "import 'zod';" },
    'unused',
    `${json}:1`,
    /zod is declared but only tests/,
  ],
  [
    'a devDependency nobody imports',
    { [json]: wall({}, { devDependencies: { '@lading/kit': '1', sinon: '1' } }) },
    'unused',
    `${json}:1`,
    /sinon is a devDependency but no test/,
  ],
  [
    'the test kit in src',
    { [extra]: "import { kit } from '@lading/kit';" },
    'test-only',
    `${extra}:1`,
    /@lading\/kit is for tests/,
  ],
  ['node:test in src', { [extra]: "import { test } from 'node:test';" }, 'test-only', `${extra}:1`, /"node:test"/],
  [
    'a test file in src',
    { [extra]: "import './wall.test.ts';" },
    'test-only',
    `${extra}:1`,
    /"\.\/wall\.test\.ts" is for tests/,
  ],
  [
    'a relative import into another package',
    { [extra]: "import { stone } from '../../stone/src/stone.ts';" },
    'leaves',
    `${extra}:1`,
    /leaves the package/,
  ],
  [
    'a relative import into a package whose name begins alike',
    { [extra]: "import '../../wall-paper/src/index.ts';" },
    'leaves',
    `${extra}:1`,
    /leaves the package/,
  ],
  [
    'an import past the exports',
    { [extra]: "import { stone } from '@lading/stone/src/stone.ts';" },
    'deep',
    `${extra}:1`,
    /not among the exports of @lading\/stone/,
  ],
  [
    'a computed import',
    { [extra]: "export const load = (name: string) => import('@lading/' + name);" },
    'computed',
    `${extra}:1`,
    /not a plain string/,
  ],
  [
    'modules that import each other in a circle',
    {
      'packages/wall/src/a.ts': "import './b.ts';",
      'packages/wall/src/b.ts': "\nimport type { C } from './internal/c.ts';",
      'packages/wall/src/internal/c.ts': "export * from '../a.ts';",
    },
    'cycle',
    'packages/wall/src/internal/c.ts:1',
    /a\.ts → b\.ts → c\.ts → a\.ts/,
  ],
  ['a module that imports itself', { [extra]: "import './extra.ts';" }, 'cycle', `${extra}:1`, /extra\.ts → extra\.ts/],
  [
    'logic in index.ts',
    { 'packages/gate/src/index.ts': "export { gate } from './gate.ts';\nexport const two = 2;" },
    'index',
    'packages/gate/src/index.ts:2',
    /defines something/,
  ],
  [
    'a star in index.ts',
    { 'packages/gate/src/index.ts': "export * from './gate.ts';" },
    'index',
    'packages/gate/src/index.ts:1',
    /re-exports everything/,
  ],
  [
    'an import in index.ts',
    { 'packages/gate/src/index.ts': "import { gate } from './gate.ts';\nexport { gate };" },
    'index',
    'packages/gate/src/index.ts:1',
    /more than re-export/,
  ],
  ...['utils', 'common', 'helpers', 'types'].map((name): (typeof planted)[number] => [
    `a file called ${name}`,
    { [`packages/wall/src/${name}.ts`]: '' },
    'name',
    `packages/wall/src/${name}.ts:1`,
    /says nothing/,
  ]),
  [
    'a folder called utils',
    { 'packages/wall/src/utils/a.ts': '' },
    'name',
    'packages/wall/src/utils/a.ts:1',
    /"utils"/,
  ],
  ['a missing README.md', { 'packages/gate/README.md': null }, 'shape', 'packages/gate/package.json:1', /README\.md/],
  [
    'a missing src/index.ts',
    { 'packages/gate/src/index.ts': null },
    'shape',
    'packages/gate/package.json:1',
    /src\/index\.ts is missing/,
  ],
  [
    'a missing floor',
    { 'packages/gate/package.json': JSON.stringify({ name: '@lading/gate', exports: { '.': './src/index.ts' } }) },
    'shape',
    'packages/gate/package.json:1',
    /no lading\.floor/,
  ],
  [
    'missing exports',
    { 'packages/gate/package.json': JSON.stringify({ name: '@lading/gate', lading: { floor: 1 } }) },
    'shape',
    'packages/gate/package.json:1',
    /no exports/,
  ],
];

for (const [name, changes, rule, at, message] of planted) {
  test(`checkHouse() sees ${name}`, async (t) => {
    const violations = await checkHouse(await houseOf(t, changes));
    assert.equal(violations.length, 1, JSON.stringify(violations));
    const [violation] = violations;
    assert.equal(violation?.rule, rule);
    assert.equal(`${violation?.file}:${violation?.line}`, at);
    assert.match(violation?.message ?? '', message);
  });
}

test('checkHouse() finds an empty house unsound', async (t) => {
  const root = await temporaryFolder(t);
  assert.deepEqual(
    (await checkHouse(root)).map(({ rule }) => rule),
    ['empty'],
  );
  await mkdir(join(root, 'packages/gate'), { recursive: true });
  await writeFile(join(root, 'packages/gate/package.json'), manifest('@lading/gate', 1));
  assert.deepEqual(
    (await checkHouse(root)).map(({ rule }) => rule),
    ['empty'],
  );
});

test('house.ts exits 0 for a sound house, and 1 with a list otherwise', async (t) => {
  const root = await houseOf(t, {});
  const run = () => runProgram(process.execPath, [join(import.meta.dirname, 'house.ts'), root]);
  assert.deepEqual(await run(), { code: 0, stdout: '', stderr: '' });
  await rm(join(root, 'packages/gate/README.md'));
  const { code, stdout } = await run();
  assert.equal(code, 1);
  assert.match(stdout, /packages\/gate\/package\.json:1 \[shape\] README\.md is missing\n$/);
});
