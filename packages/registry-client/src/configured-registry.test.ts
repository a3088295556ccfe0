import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError, Secret } from '@lading/errors';
import { digestOf, mediaTypes } from '@lading/oci';
import { get } from '@lading/store';
import { startHttpServer, type TestServer, temporaryFolder } from '@lading/testkit';
import { type ConfiguredRegistry, openConfiguredRegistry } from './configured-registry.ts';
import type { RegistryOptions } from './registry.ts';

const config = Buffer.from('{}');
const manifest = (text: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
      layers: [],
      annotations: { text },
    }),
  );

interface Holding {
  readonly tags?: Readonly<Record<string, Buffer>>;
  readonly blobs?: readonly Buffer[];
  /** What it says to everything. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Basic authentication. */
  readonly password?: string;
}

/** A registry whose repository `path` holds this. */
async function registryWith(t: TestContext, path: string, holding: Holding): Promise<TestServer> {
  const { tags = {}, blobs = [], status, headers = {}, password } = holding;
  const manifests = new Map<string, Buffer>(
    Object.entries(tags).flatMap(([tag, bytes]) => [
      [tag, bytes],
      [digestOf(bytes), bytes],
    ]),
  );
  return startHttpServer(t, (request, response): unknown => {
    const wanted = password && `Basic ${Buffer.from(password).toString('base64')}`;
    if (wanted && request.headers.authorization !== wanted) {
      return response.writeHead(401, { 'www-authenticate': 'Basic realm="tests"' }).end();
    }
    if (request.url === '/v2/') return response.end('{}');
    if (status !== undefined) return response.writeHead(status, headers).end();
    const [, kind, name = ''] = new RegExp(`^/v2/${path}/(manifests|blobs)/(.*)$`).exec(request.url ?? '') ?? [];
    const found = kind === 'manifests' ? manifests.get(name) : blobs.find((each) => digestOf(each) === name);
    if (found === undefined) return response.writeHead(404).end('{}');
    response.writeHead(200, {
      'content-type': kind === 'manifests' ? mediaTypes.ociManifest : 'application/octet-stream',
      'content-length': found.length,
      'docker-content-digest': digestOf(found),
    });
    return response.end(request.method === 'HEAD' ? undefined : found);
  });
}

/** Opens a registry on a machine with these files in its home folder. */
async function open(
  t: TestContext,
  registry: string,
  files: Readonly<Record<string, string>>,
  options: Partial<RegistryOptions> = {},
): Promise<ConfiguredRegistry> {
  const home = await temporaryFolder(t);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  }
  const env = { HOME: home, XDG_RUNTIME_DIR: home, PATH: '/nowhere' };
  const opened = await openConfiguredRegistry({ registry, env, root: join(home, 'root'), ...options });
  t.after(() => opened.close());
  return opened;
}

const conf = '.config/containers/registries.conf';
const pulled = async (registry: ConfiguredRegistry, reference: string): Promise<string> => {
  const { references, content } = registry.source('team/app');
  const descriptor = await references.resolve(reference);
  assert.ok(descriptor);
  const bytes = await get(content, descriptor, { maxBytes: 10_000 });
  await get(content, digestOf(config), { maxBytes: 10_000 });
  return JSON.parse(bytes.toString()).annotations.text;
};
const paths = ({ seen }: TestServer): string[] => [
  ...new Set(seen.map(({ path }) => path).filter((path) => path !== '/v2/')),
];

test('mirrors are asked in their order, then the registry; the image keeps its name', async (t) => {
  const first = await registryWith(t, 'first/app', {});
  const second = await registryWith(t, 'second/app', { tags: { v1: manifest('second') }, blobs: [config] });
  const itself = await registryWith(t, 'team/app', { tags: { v1: manifest('itself') }, blobs: [config] });
  const registry = await open(t, itself.host, {
    [conf]: `
[[registry]]
location = "${itself.host}/team"
[[registry.mirror]]
location = "${first.host}/first"
[[registry.mirror]]
location = "${second.host}/second"
`,
  });
  assert.equal(registry.source('team/app').name, `${itself.host}/team/app`);
  assert.equal(await pulled(registry, 'v1'), 'second');
  assert.deepEqual(paths(first), ['/v2/first/app/manifests/v1'], 'asked once');
  assert.deepEqual(paths(itself), []);
  assert.equal(await registry.source('team/app').references.resolve('absent'), undefined);
  assert.deepEqual(paths(itself), ['/v2/team/app/manifests/absent']);
  assert.equal(registry.source('other/app'), registry.repository('other/app'), 'no rule, no mirrors');
});

test('a mirror that refuses, fails, or is not there is left for the next, and not asked again', async (t) => {
  for (const holding of [
    { status: 500 },
    { status: 403 },
    { status: 429 },
    { password: 'some:one' },
    'gone',
  ] as const) {
    const mirror = await registryWith(t, 'team/app', holding === 'gone' ? {} : holding);
    const itself = await registryWith(t, 'team/app', { tags: { v1: manifest('itself') }, blobs: [config] });
    // Nothing listens on the discard port.
    const place = holding === 'gone' ? '127.0.0.1:9' : mirror.host;
    const registry = await open(t, itself.host, {
      [conf]: `[[registry]]\nlocation = "${itself.host}"\n[[registry.mirror]]\nlocation = "${place}"\n`,
    });
    assert.equal(await pulled(registry, 'v1'), 'itself');
    assert.ok(mirror.seen.length <= 2, JSON.stringify(mirror.seen));
  }
});

test('a mirror that asks to be left alone for a while is not waited for', async (t) => {
  const mirror = await registryWith(t, 'team/app', { status: 429, headers: { 'retry-after': '20' } });
  const itself = await registryWith(t, 'team/app', { tags: { v1: manifest('itself') }, blobs: [config] });
  const registry = await open(t, itself.host, {
    [conf]: `[[registry]]\nlocation = "${itself.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}"\n`,
  });
  const began = performance.now();
  assert.equal(await pulled(registry, 'v1'), 'itself');
  assert.equal(await pulled(registry, 'v1'), 'itself', 'nor by the next pull');
  assert.ok(performance.now() - began < 10_000);
});

test('where all fail, the error is the registry’s and names the mirrors', async (t) => {
  const mirror = await registryWith(t, 'team/app', { status: 500 });
  const itself = await registryWith(t, 'team/app', { status: 403 });
  const registry = await open(t, itself.host, {
    [conf]: `[[registry]]\nlocation = "${itself.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}"\n`,
  });
  await assert.rejects(registry.source('team/app').references.resolve('v1'), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_DENIED'));
    assert.match(
      error.message,
      new RegExp(`mirrors of .* failed too: ${mirror.host}/team/app \\(REGISTRY_RESPONSE\\)`),
    );
    return true;
  });
});

test('a mirror whose content is wrong or breaks off is not asked again', async (t) => {
  const wrong = Buffer.from('[]');
  const mirror = await startHttpServer(t, (request, response) => {
    return response.end(request.method === 'HEAD' ? undefined : wrong);
  });
  const image = manifest('itself');
  const itself = await registryWith(t, 'team/app', { blobs: [config], tags: { v1: image } });
  const registry = await open(t, itself.host, {
    [conf]: `[[registry]]\nlocation = "${itself.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}"\n`,
  });
  const whole = { mediaType: mediaTypes.ociManifest, digest: digestOf(image), size: image.length };
  const manifestBytes = await get(registry.source('team/app').content, whole, { maxBytes: 10_000 });
  assert.ok(manifestBytes.equals(image), 'a manifest is checked before it is given');
  const { content } = registry.source('team/app');
  const descriptor = { mediaType: 'application/octet-stream', digest: digestOf(config), size: config.length };
  await assert.rejects(get(content, descriptor, { maxBytes: 100 }), (error) => {
    assert.ok(isLadingError(error, 'DIGEST_MISMATCH') && error.transient);
    return true;
  });
  assert.ok((await get(content, descriptor, { maxBytes: 100 })).equals(config));
});

test('mirrors for digests or for tags alone are asked for nothing else', async (t) => {
  const image = manifest('same');
  const holding = { tags: { v1: image }, blobs: [config] };
  const pull = async (settings: string, mirrorSettings: string, reference: string): Promise<[string[], string[]]> => {
    const mirror = await registryWith(t, 'team/app', holding);
    const itself = await registryWith(t, 'team/app', holding);
    const registry = await open(t, itself.host, {
      [conf]: `[[registry]]\nlocation = "${itself.host}"\n${settings}\n[[registry.mirror]]\nlocation = "${mirror.host}"\n${mirrorSettings}\n`,
    });
    assert.equal(await pulled(registry, reference), 'same');
    return [paths(mirror), paths(itself)];
  };
  const [digest, none] = [digestOf(image), [] as string[]];
  for (const [settings, mirrorSettings] of [
    ['mirror-by-digest-only = true', ''],
    ['', 'pull-from-mirror = "digest-only"'],
  ] as const) {
    assert.deepEqual((await pull(settings, mirrorSettings, 'v1'))[0], none, 'a tag is read whole from the registry');
    assert.deepEqual((await pull(settings, mirrorSettings, digest))[1], none);
  }
  const tagOnly = 'pull-from-mirror = "tag-only"';
  assert.deepEqual((await pull('', tagOnly, 'v1'))[1], none, 'and a tag of the mirror from the mirror');
  assert.deepEqual((await pull('', tagOnly, digest))[0], none);
});

test('a location is read instead of the name, with credentials of its own; writing goes to the name', async (t) => {
  const inside = await registryWith(t, 'copies/app', {
    tags: { v1: manifest('inside') },
    blobs: [config],
    password: 'in:side',
  });
  const named = await registryWith(t, 'team/app', {});
  const auths = { [inside.host]: { auth: Buffer.from('in:side').toString('base64') } };
  const registry = await open(
    t,
    named.host,
    {
      [conf]: `[[registry]]\nprefix = "${named.host}/team"\nlocation = "${inside.host}/copies"\n`,
      '.docker/config.json': JSON.stringify({ auths }),
    },
    { credentials: { username: 'named', password: new Secret('only') } },
  );
  assert.equal(await pulled(registry, 'v1'), 'inside');
  assert.deepEqual(named.seen, []);
  const source = registry.source('team/app');
  await assert.rejects(source.content.begin(), (error) => isLadingError(error, 'STORE_READONLY'));
  await assert.rejects(source.references.untag('v1'), (error) => isLadingError(error, 'STORE_READONLY'));
  await registry.repository('team/app').content.stat(digestOf(config));
  assert.ok(named.seen.length > 0);
});

test('a blocked name, and one whose location is blocked, are refused; a blocked mirror is left out', async (t) => {
  const itself = await registryWith(t, 'team/app', { tags: { v1: manifest('itself') }, blobs: [config] });
  const blocked = (error: unknown): boolean => isLadingError(error, 'REGISTRY_BLOCKED') && error.kind === 'denied';
  const registry = await open(t, itself.host, {
    [conf]: `
[[registry]]
location = "${itself.host}/bad"
blocked = true
[[registry]]
prefix = "${itself.host}/moved"
location = "${itself.host}/bad"
[[registry]]
location = "${itself.host}/team"
[[registry.mirror]]
location = "${itself.host}/bad"
`,
  });
  assert.throws(() => registry.repository('bad/app'), blocked);
  assert.throws(() => registry.source('bad/app'), blocked);
  assert.throws(() => registry.source('moved/app'), blocked);
  assert.equal(await pulled(registry, 'v1'), 'itself');
  await registry.ping();
});

test('credentials that were given for a registry are not shown to its mirrors', async (t) => {
  const mirror = await registryWith(t, 'team/app', { password: 'mirror:1' });
  const itself = await registryWith(t, 'team/app', {
    tags: { v1: manifest('itself') },
    blobs: [config],
    password: 'own:1',
  });
  const registry = await open(
    t,
    itself.host,
    { [conf]: `[[registry]]\nlocation = "${itself.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}"\n` },
    { credentials: { username: 'own', password: new Secret('1') } },
  );
  assert.equal(await pulled(registry, 'v1'), 'itself');
  assert.ok(mirror.seen.every(({ headers }) => headers.authorization === undefined));
});
