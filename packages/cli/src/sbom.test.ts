import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSandbox, type Sandbox, startServe } from './testing/lading.ts';

const osRelease = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n';
const status = (...names: readonly string[]): string =>
  names
    .map((name) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\n`)
    .join('\n');
const npm = (name: string, version: string): string => JSON.stringify({ name, version, license: 'MIT' });

/** A base of two Debian packages; `app` has two npm packages on it, and a newer one of them in `next`. */
async function sampleImages(t: TestContext): Promise<Sandbox> {
  const sandbox = await openSandbox(t);
  const files: Record<string, string> = {
    'base/Dockerfile': 'FROM scratch\nCOPY root /\n',
    'base/root/etc/os-release': osRelease,
    'base/root/var/lib/dpkg/status': status('libc6', 'bash'),
    'app/Dockerfile': 'FROM base\nCOPY node_modules /app/node_modules\n',
    'app/node_modules/left/package.json': npm('left', '1.0.0'),
    'app/node_modules/@scope/right/package.json': npm('@scope/right', '2.0.0'),
    'next/Dockerfile': 'FROM app\nCOPY left /app/node_modules/left\n',
    'next/left/package.json': npm('left', '1.1.0'),
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(sandbox.folder, name)), { recursive: true });
    await writeFile(join(sandbox.folder, name), text);
  }
  for (const name of ['base', 'app', 'next']) await sandbox.out('build', '-t', name, name);
  return sandbox;
}

test('"lading sbom" says what is in an image, and which layer, instruction and base brought it', async (t) => {
  const sandbox = await sampleImages(t);
  const text = await sandbox.out('sbom', 'app');
  assert.match(text, /Debian GNU\/Linux 12 \(bookworm\): 4 packages \(2 deb, 2 npm\)/);
  assert.match(text, /^libc6 +1\.0-1 +deb +1 \(base\) +var\/lib\/dpkg\/status$/m);
  assert.match(text, /^@scope\/right +2\.0\.0 +npm +2 +app\/node_modules\/@scope\/right\/package\.json$/m);
  assert.match(text, /layer 2: COPY node_modules \/app\/node_modules/);
  const facts = (await sandbox.json('sbom', 'app')) as { packages: { purl: string; base?: { name: string } }[] };
  assert.deepEqual(
    facts.packages.map(({ purl, base }) => [purl, base?.name]),
    [
      ['pkg:deb/debian/bash@1.0-1?arch=amd64&distro=debian-12', 'docker.io/library/base:latest'],
      ['pkg:deb/debian/libc6@1.0-1?arch=amd64&distro=debian-12', 'docker.io/library/base:latest'],
      ['pkg:npm/%40scope/right@2.0.0', undefined],
      ['pkg:npm/left@1.0.0', undefined],
    ],
  );
});

test('documents are equal for equal images, are read back, compared, converted and merged', async (t) => {
  const sandbox = await sampleImages(t);
  const document = await sandbox.out('sbom', '--format', 'cyclonedx', 'app');
  await rm(join(sandbox.folder, 'home/cache'), { recursive: true });
  await sandbox.out('sbom', '-o', 'app.json', 'app');
  assert.equal((await readFile(join(sandbox.folder, 'app.json'), 'utf8')).trimEnd(), document);
  await sandbox.out('sbom', '-o', 'app.spdx.json', 'sbom:app.json');
  assert.equal(await sandbox.out('sbom', 'diff', 'app', 'sbom:app.spdx.json'), 'the same packages');

  const changed = await sandbox.run(['sbom', 'diff', '--exit-code', 'sbom:app.json', 'next']);
  assert.equal(changed.code, 10, changed.stderr);
  assert.match(changed.stdout, /^0 added, 0 removed, 1 changed\n[\s\S]*^~ +left +npm +1\.0\.0 +1\.1\.0$/m);

  const merged = await sandbox.out('sbom', 'merge', '--name', 'product', 'app', 'next', 'sbom:app.spdx.json');
  const { components, metadata } = JSON.parse(merged) as {
    metadata: { component: { name: string } };
    components: { name: string; version: string }[];
  };
  assert.equal(metadata.component.name, 'product');
  assert.deepEqual(
    components.filter(({ name }) => name === 'left').map(({ version }) => version),
    ['1.0.0', '1.1.0'],
  );
});

test('an attached SBOM is a referrer of the image, and is found again where no layer was read', async (t) => {
  const sandbox = await sampleImages(t);
  const { host } = await startServe(t, sandbox);
  await sandbox.shell(`lading tag app ${host}/team/app:1 && lading push ${host}/team/app:1`);
  const { artifact } = (await sandbox.json('sbom', '--attach', '--remote', `${host}/team/app:1`)) as {
    artifact: string;
  };
  const again = (await sandbox.json('sbom', '--attach', '--remote', `${host}/team/app:1`)) as { artifact: string };
  assert.equal(again.artifact, artifact, 'attached once');

  // Another machine.
  sandbox.env.LADING_HOME = join(sandbox.folder, 'elsewhere');
  const found = await sandbox.run(['sbom', `${host}/team/app:1`]);
  assert.match(found.stderr, new RegExp(`from the SBOM ${artifact.slice(0, 19)}`));
  assert.match(found.stdout, /^left +1\.0\.0 +npm +2 /m);
  const fresh = await sandbox.run(['sbom', '--fresh', `${host}/team/app:1`]);
  assert.equal(fresh.stderr.includes('from the SBOM'), false);
  assert.equal(fresh.stdout, found.stdout);
});

test('what is no SBOM, and a format that there is not, are clear errors', async (t) => {
  const sandbox = await openSandbox(t);
  await writeFile(join(sandbox.folder, 'x.json'), '{"bomFormat": "CycloneDX", "specVersion": "9"}');
  const invalid = await sandbox.run(['sbom', 'sbom:x.json']);
  assert.match(invalid.stderr, /x\.json: Cannot read an SBOM: CycloneDX "9" is not known/);
  const format = await sandbox.run(['sbom', '--format', 'cyclondx', 'sbom:x.json']);
  assert.deepEqual([format.code, /Did you mean cyclonedx\?/.test(format.stderr)], [2, true]);
  assert.equal((await sandbox.run(['sbom', 'sbom:absent.json'])).code, 5);
});
