import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { buildAlpineRepository, createAlpineKey, sampleAlpinePackages } from '../../testing/alpine-archive.ts';
import { type AlpineBench, apkWorkbench } from '../../testing/recipe-workbench.ts';
import { alpineRepositories } from './repositories.ts';

const indexPath = 'v3.20/main/x86_64/APKINDEX.tar.gz';

async function refused(bench: AlpineBench, fault: RegExp): Promise<void> {
  const recipe = await bench.recipe('[musl]');
  await assert.rejects(
    bench.lock(recipe),
    (error) => isLadingError(error, 'MIRROR_UNTRUSTED') && fault.test(error.message),
    String(fault),
  );
}

test('an index that is changed, cut off, not signed, or signed by another key is not trusted', async (t) => {
  const bench = await apkWorkbench(t);
  const { files } = bench.mirror;
  const good = files.get(indexPath)!;
  const changed = Buffer.from(good);
  changed[changed.length - 20]! ^= 1;
  files.set(indexPath, changed);
  await refused(bench, /its signature by packages@example\.org-0123abcd\.rsa\.pub is not good|gzip data is damaged/);
  files.set(indexPath, good.subarray(0, good.length - 30));
  await refused(bench, /gzip data is damaged|signature .* is not good/);
  const signatureEnd = good.indexOf(Buffer.from([0x1f, 0x8b, 8]), 10);
  files.set(indexPath, good.subarray(signatureEnd));
  await refused(bench, /it is not signed/);
  const foreign = await buildAlpineRepository(sampleAlpinePackages, createAlpineKey('other@example.org-1.rsa.pub'));
  files.set(indexPath, foreign.get('x86_64/APKINDEX.tar.gz')!);
  await refused(bench, /none of the keys that signed it \(other@example\.org-1\.rsa\.pub\) is known/);
  // Another key under a name that is known.
  const forged = await buildAlpineRepository(sampleAlpinePackages, createAlpineKey(bench.key.name));
  files.set(indexPath, forged.get('x86_64/APKINDEX.tar.gz')!);
  await refused(bench, /its signature by .* is not good/);
  files.set(indexPath, good);
  await bench.lock(await bench.recipe('[musl]'));
});

test('SHA-256 signatures are read, and no keys or a key that is none are errors of their own', async (t) => {
  const bench = await apkWorkbench(t);
  const strong = await buildAlpineRepository(sampleAlpinePackages, bench.key, 'x86_64', 'RSA256');
  bench.mirror.files.set(indexPath, strong.get('x86_64/APKINDEX.tar.gz')!);
  await bench.lock(await bench.recipe('[musl]'));
  await writeFile(join(bench.keyFolder, 'broken.rsa.pub'), 'no key\n');
  await refused(bench, /Cannot use key .*broken\.rsa\.pub/);
  const recipe = { ...(await bench.recipe('[musl]')), keyring: join(bench.folder, 'absent') };
  await assert.rejects(bench.lock(recipe), /there are no keys in .*absent/);
});

test('a package is what the signed index and its own hashes say, or is refused', async (t) => {
  const bench = await apkWorkbench(t);
  const { files } = bench.mirror;
  const path = 'v3.20/main/x86_64/musl-1.2.5-r0.apk';
  const good = files.get(path)!;
  const ofData = Buffer.from(good);
  ofData[good.length - 100]! ^= 1;
  files.set(path, ofData);
  await refused(bench, /its files are not those that it says it has/);
  const other = files.get('v3.20/main/x86_64/tool-1.0-r0.apk')!;
  files.set(
    path,
    Buffer.concat([other, Buffer.alloc(Math.max(0, good.length - other.length))]).subarray(0, good.length),
  );
  await refused(bench, /and its index announced Q1/);
  files.set(path, good.subarray(1));
  await refused(bench, /has \d+ bytes, and the archive announced/);
  files.set(path, good);
  const recipe = await bench.recipe('[musl]');
  const lock = await bench.lock(recipe);
  await bench.mirror.stop();
  // The second time nothing of it is fetched.
  await (await bench.assemble(recipe, lock)).close();
});

test('what neither mirror nor apk is configured for is said to be so', async (t) => {
  const bench = await apkWorkbench(t);
  const recipe = { ...(await bench.recipe('[musl]')), mirrors: [] };
  await assert.rejects(bench.lock(recipe), /Cannot find alpine v3\.20: apk is not configured with it here/);
  const apkFolder = join(bench.folder, 'apk');
  await mkdir(apkFolder);
  const lines = `# a comment\n${bench.mirror.uri}/v3.19/main\n${bench.mirror.uri}/v3.20/main/\n@edge ${bench.mirror.uri}/edge/main\n`;
  await writeFile(join(apkFolder, 'repositories'), lines);
  assert.deepEqual(await alpineRepositories(recipe, apkFolder), [
    { uri: `${bench.mirror.uri}/v3.20/main`, suite: 'v3.20/main' },
  ]);
  const own = { ...recipe, repositories: ['https://packages.example.org/os'] };
  assert.deepEqual(await alpineRepositories(own, apkFolder), [{ uri: 'https://packages.example.org/os', suite: 'os' }]);
});

test('an index that is signed but for another architecture is not taken for this one', async (t) => {
  const bench = await apkWorkbench(t);
  const foreign = sampleAlpinePackages.map((one) => ({ ...one, arch: 'aarch64' }));
  const moved = await buildAlpineRepository(foreign, bench.key);
  for (const [path, data] of moved) bench.mirror.files.set(`v3.20/main/${path}`, data);
  await refused(bench, /the index of v3\.20\/main for x86_64: its musl .* is for aarch64/);
});

test('a package whose files have line breaks in their names is refused: they would be lines of the database', async (t) => {
  const bench = await apkWorkbench(t);
  const files = { 'etc/a\n\nC:Q1=\nP:trusted': 'x' };
  const hostile = await buildAlpineRepository([{ name: 'musl', files }], bench.key);
  for (const [path, data] of hostile) bench.mirror.files.set(`v3.20/main/${path}`, data);
  const recipe = await bench.recipe('[musl]');
  await assert.rejects(
    bench.assemble(recipe, await bench.lock(recipe)),
    (error) => isLadingError(error, 'PACKAGE_INVALID') && /"etc\/a\\n\\nC:/.test(error.message),
  );
});
