import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { planBundle, trustFile, writeBundle } from '@lading/image';
import { type Descriptor, emptyDescriptor, encodeJson, hexOf, mediaTypes } from '@lading/oci';
import { openOciLayout, put } from '@lading/store';
import { findProgram, isLongRun, runProgram, skipUnless } from '@lading/testkit';
import { openSandbox, type Sandbox, startServe } from './testing/lading.ts';
import { writeSampleLayout } from './testing/sample-layout.ts';

interface Listed {
  readonly manifests: readonly { readonly kind: string; readonly digest: string; readonly names?: string[] }[];
  readonly contents: readonly { readonly digest: string }[];
  readonly images: readonly { readonly reference: string; readonly digest: string; readonly previous?: string }[];
  readonly proven: boolean;
}

interface Family {
  readonly sandbox: Sandbox;
  readonly index: string;
  readonly image: string;
  readonly sbom: string;
}

/** `app.tar`, a bundle of `app:1.0`: an index with an SBOM of its first image, cosign's tag for its signature, and a key. */
async function openFamily(t: TestContext): Promise<Family> {
  const sandbox = await openSandbox(t);
  const { layout, index, image } = await writeSampleLayout(join(sandbox.folder, 'layout'));
  const write = async (manifest: object): Promise<Descriptor> => {
    const bytes = encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, ...manifest });
    const descriptor = await put(layout.content, bytes, { mediaType: mediaTypes.ociManifest });
    await layout.references.record(descriptor, bytes);
    return descriptor;
  };
  await put(layout.content, Buffer.from('{}'), emptyDescriptor);
  const layer = await put(layout.content, Buffer.from('an SBOM'), { mediaType: 'text/spdx' });
  const artifact = { artifactType: 'text/spdx', config: emptyDescriptor, layers: [layer] };
  const sbom = await write({ ...artifact, subject: await layout.references.resolve(image) });
  const signature = await write({ ...artifact, artifactType: 'application/x-signature' });
  await layout.references.tag(`sha256-${hexOf(index)}.sig`, signature);
  const root = { repository: layout, from: 'all', names: ['app:1.0'], repositoryName: 'app' };
  const plan = await planBundle([root], { trust: [trustFile('cosign.pub', Buffer.from('a key'))] });
  await writeFile(join(sandbox.folder, 'app.tar'), writeBundle(plan));
  return { sandbox, index, image, sbom: sbom.digest };
}

test('import, export and a pipe carry an image with all that refers to it, and the bytes stay the same', async (t) => {
  const { sandbox, index, sbom } = await openFamily(t);
  const checked = (await sandbox.json('import', '--check', 'app.tar')) as Listed;
  await assert.rejects(readdir(join(sandbox.folder, 'home')), { code: 'ENOENT' }, 'a check needs no home');

  const imported = await sandbox.run(['import', '--trust-out', 'keys', 'app.tar']);
  assert.equal(imported.stdout, `app:1.0 docker.io/library/app@${index}\n`, imported.stderr);
  assert.match(imported.stderr, /1 image, 1 referrer, 1 companion tag, 1 set of trust files; .* complete as it claims/);
  assert.equal(await readFile(join(sandbox.folder, 'keys/cosign.pub'), 'utf8'), 'a key');
  assert.equal((await sandbox.run(['inspect', '--json', `app@${sbom}`])).code, 0);

  const exported = (await sandbox.json('export', '-o', 'again.tar', 'app:1.0')) as Listed;
  assert.deepEqual(exported.manifests, checked.manifests);
  assert.deepEqual(
    exported.contents.map(({ digest }) => digest).sort(),
    checked.contents.map(({ digest }) => digest).sort(),
  );
  const [one, two] = await Promise.all(['app.tar', 'again.tar'].map((file) => readFile(join(sandbox.folder, file))));
  assert.ok(one!.equals(two!), 'the same content gives the same bytes');

  const piped = await sandbox.shell('lading export app:1.0 | LADING_HOME=$PWD/third lading import --json -');
  assert.equal(piped.code, 0, piped.stderr);
  const { images, proven } = JSON.parse(piped.stdout) as Listed;
  assert.deepEqual([images, proven], [[{ reference: 'docker.io/library/app:1.0', digest: index }], true]);
});

test('export takes from a registry without keeping, by digest too, and import puts it where it was', async (t) => {
  const { sandbox, index } = await openFamily(t);
  const { host } = await startServe(t, sandbox);
  await sandbox.out('copy', 'oci:layout:all', `${host}/team/app:1.0`);
  const outside = { env: { LADING_HOME: 'elsewhere' } };
  for (const reference of process.env.CI === 'true' ? [':1.0', `@${index}`] : [`@${index}`]) {
    const exported = await sandbox.run(['export', '--remote', '-o', 'r.tar', `${host}/team/app${reference}`], outside);
    assert.equal(exported.stdout, `${host}/team/app@${index}\n`, exported.stderr);
    await assert.rejects(readdir(join(sandbox.folder, 'elsewhere')), { code: 'ENOENT' });
  }
  const { stdout, stderr } = await sandbox.run(['import', '--json', 'r.tar'], outside);
  assert.deepEqual((JSON.parse(stdout) as Listed).images, [{ reference: `${host}/team/app`, digest: index }], stderr);
});

test('import says what a tag pointed to before, and renames the only image', async (t) => {
  const { sandbox, index, image } = await openFamily(t);
  await sandbox.out('copy', 'oci:layout:amd64', 'local:app:1.0');
  const { images } = (await sandbox.json('import', 'app.tar')) as Listed;
  assert.deepEqual(images, [{ reference: 'docker.io/library/app:1.0', digest: index, previous: image }]);
  const named = await sandbox.out('import', '--name', 'example.org/other:2', 'app.tar');
  assert.equal(named, `example.org/other:2 example.org/other@${index}`);
});

test('import of a damaged, cut-off or other file exits as its kind and leaves nothing', async (t) => {
  const { sandbox } = await openFamily(t);
  const whole = await readFile(join(sandbox.folder, 'app.tar'));
  const changed = Buffer.from(whole);
  changed[changed.indexOf('an SBOM')] = 'A'.charCodeAt(0);
  const cases: [Uint8Array, number, RegExp][] = [
    [changed, 7, /\[DIGEST_MISMATCH\]/],
    [whole.subarray(0, whole.length - 1024), 1, /is cut off.*\[ARCHIVE_INVALID\]/],
  ];
  for (const [input, code, pattern] of cases) {
    const result = await sandbox.run(['import', '-'], { input });
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, pattern);
  }
  const left = await readdir(join(sandbox.folder, 'home/content'), { recursive: true, withFileTypes: true });
  assert.deepEqual(
    left.filter((entry) => entry.isFile()).map(({ name }) => name),
    ['format'],
  );
  assert.equal((await sandbox.run(['import', 'absent.tar'])).code, 5);
});

test('trust files: no private key goes in, and no file of the user is replaced when they come out', async (t) => {
  const { sandbox } = await openFamily(t);
  await writeFile(join(sandbox.folder, 'cosign.key'), '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----');
  const secret = await sandbox.run(['export', '--trust', 'cosign.key', '-o', 'x.tar', 'app:1.0']);
  assert.equal(secret.code, 2);
  assert.match(secret.stderr, /private key/);
  await mkdir(join(sandbox.folder, 'keys'));
  await writeFile(join(sandbox.folder, 'keys/cosign.pub'), 'another key');
  const refused = await sandbox.run(['import', '--trust-out', 'keys', 'app.tar']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /another file of that name/);
  assert.deepEqual(await sandbox.json('ls'), { images: [] }, 'and nothing was imported');
});

test('load reads a bundle as well, with the referrers', async (t) => {
  const { sandbox, index, sbom } = await openFamily(t);
  const loaded = await sandbox.run(['load', '-i', 'app.tar']);
  assert.match(loaded.stdout, new RegExp(`^app:1\\.0 docker\\.io/library/app@${index}\n`), loaded.stderr);
  assert.equal((await sandbox.run(['inspect', '--json', `app@${sbom}`])).code, 0);
});

async function run(file: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(file, args);
  assert.equal(code, 0, `${file} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

test('skopeo reads a bundle, and what it makes of it imports', async (t) => {
  if (!skipUnless(t, findProgram('skopeo') !== undefined, 'skopeo is not installed')) return;
  const { sandbox, index } = await openFamily(t);
  const file = join(sandbox.folder, 'app.tar');
  const raw = JSON.parse(await run('skopeo', 'inspect', '--raw', `oci-archive:${file}:app:1.0`));
  assert.equal(raw.manifests.length, 2);
  const theirs = join(sandbox.folder, 'theirs.tar');
  await run(
    'skopeo',
    '--insecure-policy',
    'copy',
    '--all',
    `oci-archive:${file}:app:1.0`,
    `oci-archive:${theirs}:app:1.0`,
  );
  const { stdout, stderr } = await sandbox.run(['import', '--json', theirs]);
  const { images, proven } = JSON.parse(stdout) as Listed;
  assert.deepEqual([images[0]?.digest, proven], [index, false], stderr);
  assert.match(stderr, /does not say whether signatures/);
});

test('umoci unpacks a bundle whose tar was extracted', async (t) => {
  if (!isLongRun(t) || !skipUnless(t, findProgram('umoci') !== undefined, 'umoci is not installed')) return;
  const { sandbox } = await openFamily(t);
  await sandbox.out('export', '-o', 'x.tar', 'oci:layout:amd64');
  const folder = join(sandbox.folder, 'extracted');
  await mkdir(folder);
  await run('tar', '-xf', join(sandbox.folder, 'x.tar'), '-C', folder);
  await run('umoci', 'unpack', '--rootless', '--image', `${folder}:amd64`, join(sandbox.folder, 'bundle'));
  assert.ok((await readdir(join(sandbox.folder, 'bundle/rootfs'))).includes('base'));
  assert.ok(await openOciLayout(folder));
});
