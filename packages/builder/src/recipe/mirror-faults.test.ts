import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError, type LadingError } from '@lading/errors';
import { createSigningKey, samplePackages, signText, writeKeyring } from '../testing/package-archive.ts';
import { type Workbench, workbench } from '../testing/recipe-workbench.ts';
import { Mirror } from './mirror.ts';
import { parseRecipe } from './read-recipe.ts';

/** The error that locking, or building from a lock made before, ends in; nothing may be left of either. */
async function failure(bench: Workbench, work: () => Promise<unknown>): Promise<LadingError> {
  try {
    await work();
  } catch (error) {
    assert.ok(isLadingError(error), String(error));
    assert.deepEqual(await bench.leftovers(), []);
    assert.ok(error.hint !== undefined && error.hint !== '', 'the error says what to do');
    return error;
  }
  return assert.fail('it succeeded');
}

function pathOf(bench: Workbench, part: string): string {
  return [...bench.mirror.files.keys()].find((path) => path.includes(part)) ?? assert.fail(`no ${part} in the archive`);
}

function change(bench: Workbench, part: string, edit: (data: Buffer) => Buffer): void {
  const path = pathOf(bench, part);
  bench.mirror.files.set(path, edit(bench.mirror.files.get(path) ?? Buffer.alloc(0)));
}

function flip(data: Buffer): Buffer {
  const copy = Buffer.from(data);
  copy[copy.length >> 1]! ^= 0x01;
  return copy;
}

async function lockFailure(t: TestContext, spoil: (bench: Workbench) => void | Promise<void>): Promise<LadingError> {
  const bench = await workbench(t);
  await spoil(bench);
  const recipe = await bench.recipe('[app]');
  return failure(bench, () => bench.lock(recipe));
}

test('a tampered InRelease is not trusted', async (t) => {
  const error = await lockFailure(t, (bench) => {
    change(bench, 'InRelease', (data) => Buffer.from(data.toString().replace('Origin: Sample', 'Origin: Simple')));
  });
  assert.equal(error.code, 'MIRROR_UNTRUSTED');
  assert.match(error.message, /dists\/trusty\/InRelease: its signature is not good/);
});

test('text around the signed part of InRelease is not trusted', async (t) => {
  const error = await lockFailure(t, (bench) => {
    change(bench, 'InRelease', (data) => Buffer.concat([Buffer.from('Origin: Evil\n\n'), data]));
  });
  assert.equal(error.code, 'MIRROR_UNTRUSTED');
  assert.match(error.message, /does not start with a signed message/);
});

test('an InRelease that is cut off is not trusted', async (t) => {
  const error = await lockFailure(t, (bench) =>
    change(bench, 'InRelease', (data) => data.subarray(0, data.length - 40)),
  );
  assert.equal(error.code, 'MIRROR_UNTRUSTED');
  assert.match(error.message, /may be cut off/);
});

test('an archive signed by another key is not trusted; the message names key and keyring', async (t) => {
  const bench = await workbench(t);
  const other = await writeKeyring(bench.folder, await createSigningKey(), 'other.gpg');
  const recipe = await parseRecipe(
    `distro: debian\nsuite: trusty\narchitectures: [amd64]\nmirror: ${bench.mirror.uri}\nkeyring: ${other}\npackages: [app]\n`,
  );
  const error = await failure(bench, () => bench.lock(recipe));
  assert.equal(error.code, 'MIRROR_UNTRUSTED');
  assert.match(error.message, /none of its signing keys \([0-9A-F]{16}\) is in .*other\.gpg/);
});

test('a keyring that is absent or no keyring is an error of its own', async (t) => {
  const bench = await workbench(t);
  const bad = join(bench.folder, 'bad.gpg');
  for (const content of [undefined, 'not a keyring']) {
    if (content !== undefined) await writeFile(bad, content);
    const recipe = { ...(await bench.recipe('[app]')), keyring: bad };
    const error = await failure(bench, () => bench.lock(recipe));
    assert.equal(error.code, 'MIRROR_UNTRUSTED');
    assert.match(error.message, /Cannot use keyring .*bad\.gpg/);
  }
});

test('a signed list of another suite is not trusted', async (t) => {
  const bench = await workbench(t, samplePackages, { suite: 'other' });
  const release = bench.mirror.files.get('dists/other/InRelease') ?? Buffer.alloc(0);
  bench.mirror.files.set('dists/trusty/InRelease', release);
  const recipe = await bench.recipe('[app]');
  const error = await failure(bench, () => bench.lock(recipe));
  assert.equal(error.code, 'MIRROR_UNTRUSTED');
  assert.match(error.message, /the signed list of other, not of trusty/);
});

test('an expired Release file is an error unless that is allowed', async (t) => {
  const fields = ['Valid-Until: Wed, 03 Jan 2024 00:00:00 UTC'];
  const bench = await workbench(t, samplePackages, { fields });
  const recipe = await bench.recipe('[app]');
  const error = await failure(bench, () => bench.lock(recipe));
  assert.equal(error.code, 'MIRROR_UNTRUSTED');
  assert.match(error.message, /valid until 2024-01-03T00:00:00/);
  assert.equal((await bench.lock(recipe, { allowExpired: true })).packages.amd64?.length, 4);
});

for (const [what, edit, fault] of [
  ['changed', flip, 'its SHA256 is'],
  ['shorter than announced', (data: Buffer): Buffer => data.subarray(0, data.length - 1), 'and the archive announced'],
  ['longer than announced', (data: Buffer): Buffer => Buffer.concat([data, Buffer.from('x')]), 'has more than the'],
] as const) {
  test(`an index that is ${what} is not trusted`, async (t) => {
    const error = await lockFailure(t, (bench) => change(bench, 'by-hash', edit));
    assert.equal(error.code, 'MIRROR_UNTRUSTED');
    assert.ok(error.message.includes(fault), error.message);
  });

  test(`a package that is ${what} is not trusted`, async (t) => {
    const bench = await workbench(t);
    const recipe = await bench.recipe('[app]');
    const lock = await bench.lock(recipe);
    change(bench, 'pool/main/a/app', edit);
    const error = await failure(bench, () => bench.assemble(recipe, lock));
    assert.equal(error.code, 'MIRROR_UNTRUSTED');
    assert.ok(error.message.includes(fault) && error.message.includes('/pool/main/a/app/app_'), error.message);
  });
}

test('a package that the archive no longer has is named, with what to do', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe('[app]');
  const lock = await bench.lock(recipe);
  bench.mirror.files.delete(pathOf(bench, 'pool/main/a/app'));
  const error = await failure(bench, () => bench.assemble(recipe, lock));
  assert.equal(error.code, 'MIRROR_UNREACHABLE');
  assert.match(
    error.message,
    /package app 1:2\.0\+b1-3~x \(amd64\): no archive has pool\/main\/a\/app\/app_2\.0\+b1-3~x_amd64\.deb any more/,
  );
  assert.match(error.hint ?? '', /update the lock/);
});

test('a suite or index that is not there, and a host that does not answer, are named', async (t) => {
  const noSuite = await lockFailure(t, (bench) => void bench.mirror.files.delete('dists/trusty/InRelease'));
  assert.equal(noSuite.code, 'MIRROR_UNREACHABLE');
  assert.match(noSuite.message, /InRelease: it is not there \(404\)/);
  const noIndex = await lockFailure(t, (bench) => void bench.mirror.files.delete(pathOf(bench, 'by-hash')));
  assert.equal(noIndex.code, 'MIRROR_UNREACHABLE');
  assert.match(noIndex.message, /by-hash\/SHA256\/[0-9a-f]{64}: it is not there/);
  const refused = await lockFailure(t, (bench) => bench.mirror.stop());
  assert.equal(refused.code, 'MIRROR_UNREACHABLE');
  assert.match(
    refused.message,
    /http:\/\/127\.0\.0\.1:\d+\/archive\/dists\/trusty\/InRelease: the connection was refused/,
  );
});

test('a connection that breaks off, a 503 and silence are tried three times', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe('[app]');
  const faults = ['break', 'busy'];
  bench.mirror.intercept = (path, _request, response) => {
    if (!path.endsWith('InRelease')) return false;
    const fault = faults.shift();
    if (fault === 'break') {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('part', () => response.destroy());
    } else if (fault === 'busy') response.writeHead(503).end();
    return fault !== undefined;
  };
  const lock = await bench.lock(recipe);
  assert.equal(bench.mirror.requests.filter((path) => path.endsWith('InRelease')).length, 3);
  bench.mirror.intercept = (path, _request, response) => {
    if (!path.includes('/app_')) return false;
    response.writeHead(200, { 'content-length': 5000 });
    response.write('part', () => response.destroy());
    return true;
  };
  const error = await failure(bench, () => bench.assemble(recipe, lock));
  assert.equal(error.code, 'MIRROR_UNREACHABLE');
  assert.match(error.message, /the connection broke off/);
  assert.equal(bench.mirror.requests.filter((path) => path.includes('/app_')).length, 3);
});

test('a mirror that accepts and then says nothing is given up', async (t) => {
  const bench = await workbench(t);
  bench.mirror.intercept = () => true;
  const mirror = new Mirror({ cacheFolder: bench.cacheFolder, retryDelaysMs: [], idleTimeoutMs: 100 });
  t.after(() => mirror.close());
  const error = await failure(bench, () => mirror.fetchText(`${bench.mirror.uri}/dists/trusty/InRelease`));
  assert.equal(error.code, 'MIRROR_UNREACHABLE');
});

test('an abort ends a download at once', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe('[app, dash]');
  const lock = await bench.lock(recipe);
  const controller = new AbortController();
  bench.mirror.intercept = (_path, _request, response) => {
    response.writeHead(200, { 'content-length': 5000 });
    response.write('part', () => controller.abort());
    return true;
  };
  await assert.rejects(bench.assemble(recipe, lock, { signal: controller.signal }), (error) =>
    isLadingError(error, 'INTERRUPTED'),
  );
  assert.deepEqual(await bench.leftovers(), []);
});

test('redirects are followed, but not for ever', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe('[app]');
  bench.mirror.intercept = (path, _request, response) => {
    if (path.startsWith('moved/')) return false;
    response.writeHead(302, { location: `/archive/moved/${path}` }).end();
    return true;
  };
  for (const [path, data] of [...bench.mirror.files]) bench.mirror.files.set(`moved/${path}`, data);
  assert.equal((await bench.lock(recipe)).packages.amd64?.length, 4);
  bench.mirror.intercept = (path, _request, response) => {
    response.writeHead(302, { location: `/archive/${path}` }).end();
    return true;
  };
  const error = await failure(bench, () => bench.lock(recipe));
  assert.match(error.message, /redirects too often/);
});

test('an unchanged InRelease is asked for conditionally, and verified again all the same', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe('[app]');
  await bench.lock(recipe);
  let conditional = 0;
  bench.mirror.intercept = (_path, request) => {
    if (request.headers['if-none-match'] !== undefined) conditional++;
    return false;
  };
  await bench.lock(recipe);
  assert.equal(conditional, 1);
  assert.equal(bench.mirror.requests.filter((path) => path.includes('by-hash')).length, 1);
});

test('a file that was damaged in the cache is fetched again', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe('[app]');
  const lock = await bench.lock(recipe);
  await (await bench.assemble(recipe, lock)).close();
  const [one] = lock.packages.amd64 ?? [];
  const mirror = new Mirror({ cacheFolder: bench.cacheFolder });
  const path = mirror.pathOf(one!);
  await writeFile(path, flip(await readFile(path)));
  await (await bench.assemble(recipe, lock)).close();
  assert.equal(bench.mirror.requests.filter((asked) => asked === one!.filename).length, 2);
});

test('a validly signed index whose package lies about its name is refused', async (t) => {
  const bench = await workbench(t);
  const recipe = await bench.recipe('[app]');
  const lock = await bench.lock(recipe);
  const packages = (lock.packages.amd64 ?? []).map((one) => (one.name === 'app' ? { ...one, version: '9' } : one));
  const error = await bench
    .assemble(recipe, { ...lock, packages: { amd64: packages } })
    .catch((thrown: unknown) => thrown);
  assert.ok(isLadingError(error, 'PACKAGE_INVALID'));
  assert.match(error.message, /Cannot unpack app 9: it says that it is app 1:2\.0/);
  assert.deepEqual(await bench.leftovers(), []);
});

test('a signature over other text does not carry over', async (t) => {
  const error = await lockFailure(t, async (bench) => {
    const path = 'dists/trusty/InRelease';
    const own = bench.mirror.files.get(path)?.toString() ?? '';
    const other = await signText('Origin: other\n', bench.key);
    const signature = other.slice(other.indexOf('-----BEGIN PGP SIGNATURE-----'));
    bench.mirror.files.set(path, Buffer.from(own.slice(0, own.indexOf('-----BEGIN PGP SIGNATURE-----')) + signature));
  });
  assert.equal(error.code, 'MIRROR_UNTRUSTED');
});

test('what a killed process left behind is removed a day later, and not before', async (t) => {
  const bench = await workbench(t);
  const folder = join(bench.cacheFolder, 'partial');
  await mkdir(folder, { recursive: true });
  for (const name of ['old', 'new']) await writeFile(join(folder, name), 'x');
  await utimes(join(folder, 'old'), 1, 1);
  const recipe = await bench.recipe('[app]');
  await bench.lock(recipe);
  assert.deepEqual(await readdir(folder), ['new']);
});
