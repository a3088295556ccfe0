import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { parseRecipe } from '../read-recipe.ts';
import { archiveSources } from './archive-source.ts';

const head = 'distro: debian\nsuite: bookworm\narchitectures: [amd64]\npackages: [a]\n';

test("archiveSources() takes the suite, its updates and its security from apt's configuration", async (t) => {
  const apt = await temporaryFolder(t);
  await mkdir(join(apt, 'sources.list.d'));
  await writeFile(
    join(apt, 'sources.list'),
    `deb [signed-by=/keys/a.gpg] http://one.example.org/debian/ bookworm main contrib
deb http://one.example.org/debian trixie main
deb [arch=arm64] http://ports.example.org/debian bookworm main
`,
  );
  await writeFile(
    join(apt, 'sources.list.d/more.sources'),
    'Types: deb\nURIs: http://two.example.org/security\nSuites: bookworm-security bookworm-updates\nComponents: main\nSigned-By: /keys/b.gpg\nCheck-Valid-Until: no\n',
  );
  await writeFile(join(apt, 'sources.list.d/off.list.disabled'), 'deb http://no.example.org bookworm main\n');
  const found = await archiveSources(await parseRecipe(head), apt);
  assert.deepEqual(
    found.map(({ uri, suite, keyrings, checkValidUntil }) => [uri, suite, ...keyrings, checkValidUntil]),
    [
      ['http://one.example.org/debian', 'bookworm', '/keys/a.gpg', true],
      ['http://two.example.org/security', 'bookworm-updates', '/keys/b.gpg', false],
      ['http://two.example.org/security', 'bookworm-security', '/keys/b.gpg', false],
    ],
  );
  const own = await archiveSources(
    await parseRecipe(`${head}mirror: http://own.example.org\nkeyring: k.gpg\n`, { folder: '/r' }),
    apt,
  );
  assert.deepEqual(own, [
    {
      uri: 'http://own.example.org',
      suite: 'bookworm',
      components: ['main'],
      keyrings: ['/r/k.gpg'],
      checkValidUntil: true,
    },
  ]);
});

test('archiveSources() says so when apt does not know the suite', async (t) => {
  const apt = await temporaryFolder(t);
  await assert.rejects(
    archiveSources(await parseRecipe(head), apt),
    (error) =>
      isLadingError(error, 'MIRROR_UNREACHABLE') && /debian bookworm: apt is not configured/.test(error.message),
  );
  await writeFile(join(apt, 'sources.list'), 'deb nonsense\n');
  await assert.rejects(archiveSources(await parseRecipe(head), apt), /sources\.list: .*line 1/);
});
