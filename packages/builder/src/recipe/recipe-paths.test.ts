import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { listLayer, workbench } from '../testing/recipe-workbench.ts';

test('paths of every type are made, and permissions change what is there, also below', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe(
    '[app]',
    `layering: { strategy: origin, budget: 5 }
paths:
  - { type: directory, path: /srv/data/deep, mode: 0750 }
  - { type: empty-file, path: /srv/data/deep/log, uid: 5 }
  - { type: hardlink, path: /usr/bin/alias, target: /usr/bin/app }
  - { type: permissions, path: /srv/data, mode: 02700, gid: 7, recursive: true }
  - { type: permissions, path: /usr/bin/app, uid: 1 }
  - { type: directory, path: /srv/data, uid: 9, recursive: true }
`,
  );
  await using root = await bench.assemble(recipe, await bench.lock(recipe));
  const files = await listLayer(root);
  const line = (path: string): string | undefined => files.get(path)?.line;
  assert.equal(line('srv/data/deep'), 'directory 2700 9:7');
  assert.equal(line('srv/data/deep/log'), 'file 2700 9:7');
  assert.equal(line('srv/data'), 'directory 755 9:0');
  // All names are in the layer on top, where one can be a link to the other.
  assert.equal(line('usr/bin/app'), 'hardlink 644 1:0 -> usr/bin/alias');
  assert.equal(line('usr/bin/app-too'), 'hardlink 644 1:0 -> usr/bin/alias');
  const top = await listLayer(root, root.layers.slice(-1));
  assert.deepEqual(
    [...top.keys()].filter((path) => path.startsWith('usr/bin/a')),
    ['usr/bin/alias', 'usr/bin/app', 'usr/bin/app-too', 'usr/bin/awk'],
  );
});

test('paths that contradict what is there, or themselves, are refused', async (t) => {
  const bench = await workbench(t);
  for (const [path, fault] of [
    ['{ type: permissions, path: /absent, mode: 0755 }', 'is not there'],
    ['{ type: permissions, path: /usr }', 'need a mode, a uid or a gid'],
    ['{ type: hardlink, path: /a, target: /usr }', 'that is not a file'],
    ['{ type: hardlink, path: /a, target: usr/bin/app }', 'is not an absolute path'],
    ['{ type: hardlink, path: /a }', 'needs a target'],
    ['{ type: empty-file, path: /a, content: x }', 'a path of type empty-file has no content'],
    ['{ type: symlink, path: /a, target: b, mode: 0755 }', 'a path of type symlink has no mode'],
    ['{ type: file, path: /usr, content: x }', 'cannot become a file, it is a directory'],
  ] as const) {
    const build = async (): Promise<void> => {
      const recipe = await bench.recipe('[app]', `paths: [${path}]\n`);
      await (await bench.assemble(recipe, await bench.lock(recipe))).close();
    };
    await assert.rejects(
      build,
      (error) => isLadingError(error, 'RECIPE_INVALID') && error.message.includes(fault),
      `${path}: ${fault}`,
    );
  }
});
