import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import type { LayerFacts } from '../layer-facts.ts';
import { type LayerPath, LayerPathsEncoder } from '../layer-paths.ts';
import type { FoundPackage } from '../package.ts';
import type { FoundSecret } from '../secret.ts';
import { uniteFacts } from './unite-facts.ts';

const digest = digestOf(Buffer.from('image'));
const image = { version: 1, digest, platform: 'linux/amd64', layers: [] };
const status = 'var/lib/dpkg/status';

const other = (path: string): LayerPath => ({ kind: 'other', path });
const remove = (path: string): LayerPath => ({ kind: 'remove', path });

function layer(paths: readonly LayerPath[], facts: Partial<LayerFacts> = {}): LayerFacts {
  const encoder = new LayerPathsEncoder();
  for (const path of paths) encoder.add(path);
  const none = { packages: [], licenses: [], distributions: [], owners: [], files: [], warnings: [] };
  return { version: 1, digest, ...none, secrets: [], ...facts, paths: encoder.bytes() };
}

function deb(name: string, version = '1', architecture = 'amd64'): FoundPackage {
  return { type: 'deb', name, version, architecture, location: status, cataloger: 'dpkg' };
}

function npm(name: string, location: string): FoundPackage {
  return { type: 'npm', name, version: '1.0.0', location, cataloger: 'npm' };
}

function layersOf(layers: readonly LayerFacts[]): Record<string, number> {
  return Object.fromEntries(uniteFacts(layers, image).packages.map(({ name, layer }) => [name, layer]));
}

test('uniteFacts() finds the layer that installed a package, though every one above writes the database again', () => {
  const layers = [
    layer([other(status)], { packages: [deb('bash'), deb('tar'), deb('curl')] }),
    layer([other(status)], { packages: [deb('bash'), deb('tar', '2'), deb('vim'), deb('curl', '1', 'arm64')] }),
    layer([other('app/x')]),
    layer([other(status)], { packages: [deb('vim'), deb('bash'), deb('tar', '2')] }),
  ];
  assert.deepEqual(layersOf(layers), { bash: 0, tar: 1, vim: 1 });
});

test('uniteFacts() counts a package as installed again when a database in between did not have it', () => {
  const layers = [['bash', 'tar'], ['bash'], ['bash', 'tar']].map((names) =>
    layer([other(status)], { packages: names.map((name) => deb(name)) }),
  );
  assert.deepEqual(layersOf(layers), { bash: 0, tar: 2 });
});

test('uniteFacts() goes on with a database whose folder was replaced, and begins anew after one that was gone', () => {
  const packages = [deb('bash')];
  const before = layer([other(status)], { packages });
  assert.deepEqual(layersOf([before, layer([{ kind: 'opaque', path: 'var/lib/dpkg' }, other(status)], { packages })]), {
    bash: 0,
  });
  const gone = layer([remove('var/lib/dpkg')]);
  assert.deepEqual(layersOf([before, gone]), {});
  assert.deepEqual(layersOf([before, gone, layer([other(status)], { packages })]), { bash: 2 });
});

test('uniteFacts() attributes a file to the layer that has it', () => {
  const location = 'app/node_modules/x/package.json';
  const both = [0, 1].map(() => layer([other(location)], { packages: [npm('x', location)] }));
  assert.deepEqual(layersOf(both), { x: 1 });
});

test('uniteFacts() hides what lies in an archive with the archive, also behind a folder that looks like one', () => {
  const inArchive = layer([other('app.jar')], { packages: [npm('x', 'app.jar!/lib/x.jar!/META-INF/pom')] });
  assert.deepEqual(layersOf([inArchive]), { x: 0 });
  assert.deepEqual(layersOf([inArchive, layer([remove('app.jar')])]), {});
  const inFolder = layer([other('odd!/package.json')], { packages: [npm('y', 'odd!/package.json')] });
  assert.deepEqual(layersOf([inFolder]), { y: 0 });
  assert.deepEqual(layersOf([inFolder, layer([remove('odd')])]), { y: 0 });
  assert.deepEqual(layersOf([inFolder, layer([other('odd!')])]), {});
});

test('uniteFacts() shows a file by a hard link that is left', () => {
  const made = layer([other('usr/bin/a'), { kind: 'hardlink', path: 'usr/bin/b', target: 'usr/bin/a' }], {
    packages: [npm('x', 'usr/bin/a')],
  });
  const [left] = uniteFacts([made, layer([remove('usr/bin/a')])], image).packages;
  assert.equal(left?.location, 'usr/bin/b');
  assert.deepEqual(layersOf([made, layer([remove('usr/bin')])]), {});
});

test('uniteFacts() follows links of the same layer, and puts folders in the place of links of lower ones, as overlayfs does', () => {
  const merged = layer([{ kind: 'symlink', path: 'lib', target: 'usr/lib' }, other('lib/x')], {
    packages: [npm('lower', 'lib/x')],
  });
  assert.equal(uniteFacts([merged], image).packages[0]?.location, 'usr/lib/x');
  assert.deepEqual(layersOf([merged, layer([other('usr/lib/x')])]), {});
  assert.deepEqual(layersOf([merged, layer([other('lib/x')])]), { lower: 0 });
});

test('uniteFacts() keeps secrets of files that were deleted or replaced, and says by which layer', () => {
  const secret = (location: string): FoundSecret => ({
    rule: 'private-key',
    title: 'Private key',
    severity: 'critical',
    location,
    fingerprint: '00',
  });
  const layers = [
    layer([other('a'), other('b'), other('c/d')], { secrets: [secret('a'), secret('b'), secret('c/d')] }),
    layer([other('b')]),
    layer([remove('c')]),
  ];
  const { secrets } = uniteFacts(layers, image);
  assert.deepEqual(
    secrets?.map(({ location, layer, hiddenBy }) => [location, layer, hiddenBy]),
    [
      ['a', 0, undefined],
      ['b', 0, 1],
      ['c/d', 0, 2],
    ],
  );
  const { secrets: _, ...notLooked } = layer([]);
  assert.equal(uniteFacts([...layers, notLooked], image).secrets, undefined);
});

test('uniteFacts() joins licenses by name and owners by path, of what is still installed', () => {
  const module = 'usr/lib/python3/dist-packages/six.dist-info/METADATA';
  const copyright = 'usr/share/doc/python3-six/copyright';
  const base = layer([other(status), other(module), other(copyright)], {
    packages: [deb('python3-six'), { ...npm('six', module), type: 'pypi' }],
    licenses: [{ type: 'deb', name: 'python3-six', licenses: ['MIT', 'GPL-2.0-only'], location: copyright }],
    owners: [{ path: module, type: 'deb', name: 'python3-six' }],
  });
  const [installed, six] = uniteFacts([base], image).packages;
  assert.deepEqual(installed?.licenses, ['GPL-2.0-only', 'MIT']);
  assert.deepEqual(six?.owner, { type: 'deb', name: 'python3-six' });
  const removed = uniteFacts([base, layer([other(status), remove(copyright)], { packages: [deb('bash')] })], image);
  assert.deepEqual(
    removed.packages.map(({ name, owner }) => [name, owner]),
    [
      ['bash', undefined],
      ['six', undefined],
    ],
  );
});

test('uniteFacts() takes the distribution from the os-release that is live', () => {
  const release = (location: string, id: string) => ({ distribution: { id, versionId: '1' }, location });
  const debian = layer([other('usr/lib/os-release')], { distributions: [release('usr/lib/os-release', 'debian')] });
  const local = layer([other('etc/os-release')], { distributions: [release('etc/os-release', 'local')] });
  assert.equal(uniteFacts([debian], image).distribution?.id, 'debian');
  assert.equal(uniteFacts([local, debian], image).distribution?.id, 'local');
  const linked = layer([{ kind: 'symlink', path: 'etc/os-release', target: '../usr/lib/os-release' }]);
  assert.equal(uniteFacts([local, debian, linked], image).distribution?.id, 'debian');
  assert.equal(uniteFacts([layer([])], image).distribution, undefined);
});

test('uniteFacts() sorts packages and names each once', () => {
  const location = 'app/package.json';
  const facts = layer([other(location), other(status)], {
    packages: [npm('b', location), npm('a', location), npm('b', location), deb('z')],
  });
  assert.deepEqual(
    uniteFacts([facts], image).packages.map(({ name }) => name),
    ['z', 'a', 'b'],
  );
});

test('uniteFacts() keeps facts at paths that no engine could unpack: nothing can hide them', () => {
  const loop: LayerPath[] = [{ kind: 'symlink', path: 'loop', target: 'loop' }, other('loop/x')];
  assert.deepEqual(layersOf([layer(loop, { packages: [npm('x', 'loop/x')] })]), { x: 0 });
});
