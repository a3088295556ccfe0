import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { parseRecipe, readRecipe } from './read-recipe.ts';

test('parseRecipe() reads every key', async () => {
  const recipe = await parseRecipe(
    `
distro: debian
suite: bookworm
components: [main, contrib]
mirror:
  - http://one.example.org/debian/
  - { uri: "https://two.example.org/security", suites: [bookworm-security] }
keyring: keys/archive.gpg
packages: [base-files, "curl=7.88.1-10", "libssl3 (>= 3)"]
architectures: [amd64, arm64]
variant: distroless
shell: true
accounts:
  groups: [{ name: staff2, gid: 1001, members: [app] }]
  users: [{ name: app, uid: 1000 }]
paths:
  - { type: directory, path: /srv/data, mode: 0750, uid: 1000 }
  - { type: file, path: /etc/app.conf, content: "x=1\\n" }
  - { type: file, path: /opt/tool, source: files/tool, mode: "0755" }
  - { type: symlink, path: /app, target: srv/data }
environment: { VERSION: 1.10, EMPTY: "" }
entrypoint: [/usr/bin/app]
cmd: ["--port", 8080]
work-dir: /srv/data
user: app
stop-signal: SIGINT
labels: { org.example.team: ships }
annotations: { org.example.note: text }
`,
    { folder: '/recipes' },
  );
  assert.deepEqual(recipe.mirrors, [
    { uri: 'http://one.example.org/debian', suites: ['bookworm'] },
    { uri: 'https://two.example.org/security', suites: ['bookworm-security'] },
  ]);
  assert.equal(recipe.keyring, '/recipes/keys/archive.gpg');
  assert.equal(recipe.essential, false);
  assert.deepEqual(recipe.accounts.users, [
    { name: 'app', uid: 1000, gid: 1000, home: '/home/app', shell: '/usr/sbin/nologin' },
  ]);
  assert.deepEqual(
    recipe.paths.map((path) => path.mode),
    [0o750, undefined, 0o755, undefined],
  );
  assert.equal(recipe.paths[2]?.source, '/recipes/files/tool');
  assert.deepEqual(recipe.environment, { VERSION: '1.10', EMPTY: '' });
  assert.deepEqual(recipe.cmd, ['--port', '8080']);
});

const head = 'distro: debian\nsuite: bookworm\npackages: [a]\n';

for (const [what, text, expected, hint] of [
  [
    'an unknown key',
    'distro: debian\nsuite: x\npakages: [a]\n',
    'image.yaml:3:1: unknown key "pakages"',
    'Did you mean packages?',
  ],
  [
    'an unknown key inside',
    `${head}accounts:\n  users:\n    - { name: a, uuid: 1 }\n`,
    ':6:18: unknown key "accounts.users[0].uuid"',
    'uid',
  ],
  ['an absent key', 'distro: debian\npackages: [a]\n', 'the key "suite" is absent', undefined],
  [
    'another distribution',
    'distro: debain\nsuite: x\npackages: []\n',
    ':1:9: distro: "debain" is not one of debian',
    'Did you mean debian?',
  ],
  [
    'a package that is none',
    'distro: debian\nsuite: x\npackages: [a, "b c"]\n',
    ':3:15: packages[1]: "b c" is not a package',
    'name=version',
  ],
  ['a command as text', `${head}cmd: run it\n`, ':4:6: cmd: it must be a list of words', '["/usr/bin/app"'],
  [
    'a mode that is not octal',
    `${head}paths: [{ type: directory, path: /a, mode: 0890 }]\n`,
    '"0890" is not an octal mode',
    '0755',
  ],
  [
    'a path that leads out',
    `${head}paths: [{ type: directory, path: /a/../b }]\n`,
    'is not an absolute path in the image',
    undefined,
  ],
  [
    'a file without content',
    `${head}paths: [{ type: file, path: /a }]\n`,
    'a file needs either content or source',
    undefined,
  ],
  ['a duplicate key', `${head}suite: y\n`, ':4:1: ', undefined],
  ['YAML that does not parse', 'distro: [', 'image.yaml:1:', undefined],
  ['an empty file', '', 'image.yaml:1:1: it must be a mapping', undefined],
  [
    'a shell with a colon',
    `${head}accounts: { users: [{ name: a, uid: 1, shell: "/a:b" }] }\n`,
    'without a colon',
    undefined,
  ],
  ['a tab as mirror', `${head}mirror: ftp://x.example.org\n`, 'is not a URI that starts with http://', undefined],
] as const) {
  test(`parseRecipe() rejects ${what} and says where`, async () => {
    await assert.rejects(parseRecipe(text), (error) => {
      assert.ok(isLadingError(error, 'RECIPE_INVALID'), String(error));
      assert.ok(error.message.includes(expected), error.message);
      if (hint !== undefined) assert.ok(error.hint?.includes(hint), error.hint);
      return true;
    });
  });
}

test('readRecipe() names the file, and says when it is absent', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'image.yaml');
  await assert.rejects(readRecipe(path), (error) => isLadingError(error, 'FILE_NOT_FOUND'));
  await writeFile(path, `${head}keyring: k.gpg\n`);
  assert.equal((await readRecipe(path)).keyring, join(folder, 'k.gpg'));
});

test('parseRecipe() reads what Alpine has of its own, and its names of architectures', async () => {
  const recipe = await parseRecipe(
    `
distro: alpine
suite: v3.20
repositories: [https://packages.example.org/os/]
runtime-repositories: [https://mirror.example.org/alpine/v3.20/main]
keyring: keys
packages: [musl, "python3~3.12", "!perl"]
architectures: [amd64, aarch64, arm/v7, armhf, 386]
layering: { strategy: origin }
volumes: [/data]
accounts: { run-as: "1000" }
`,
    { folder: '/recipes' },
  );
  assert.deepEqual(recipe.architectures, ['x86_64', 'aarch64', 'armv7', 'armhf', 'x86']);
  assert.deepEqual(recipe.components, ['main', 'community']);
  assert.deepEqual(recipe.repositories, ['https://packages.example.org/os']);
  assert.deepEqual(recipe.layering, { strategy: 'origin', budget: 10 });
  assert.deepEqual([recipe.essential, recipe.user, recipe.volumes], [false, '1000', ['/data']]);
});

for (const [what, text, message] of [
  ['essential with Alpine', 'distro: alpine\nsuite: v3.20\npackages: [a]\nessential: true\n', /no essential/],
  ['repositories with Debian', `${head}repositories: [https://packages.example.org]\n`, /no repositories/],
  ["Debian's relation with Alpine", 'distro: alpine\nsuite: v3.20\npackages: ["a (>= 1)"]\n', /is not a package/],
  [
    'an architecture that Alpine has not',
    'distro: alpine\nsuite: v3.20\npackages: [a]\narchitectures: [armel]\n',
    /of Alpine/,
  ],
  ['two users to run as', `${head}user: a\naccounts: { run-as: b }\n`, /accounts\.run-as says it already/],
  ['another strategy', `${head}layering: { strategy: size }\n`, /is not one of origin/],
  ['no budget', `${head}layering: { strategy: origin, budget: 0 }\n`, /from 1 to 100/],
] as const) {
  test(`parseRecipe() rejects ${what}`, async () => {
    await assert.rejects(
      parseRecipe(text),
      (error) => isLadingError(error, 'RECIPE_INVALID') && message.test(error.message),
    );
  });
}
