import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FoundPackage } from '../package.ts';
import { packageUrlOf } from './package-url-of.ts';

function found(text: Pick<FoundPackage, 'type' | 'name' | 'version'> & Partial<FoundPackage>): FoundPackage {
  return { location: 'x', cataloger: 'x', ...text };
}

test('packageUrlOf() names the distribution of its packages', () => {
  const deb = found({ type: 'deb', name: 'libc6', version: '2.36-9+deb12u9', architecture: 'amd64' });
  assert.equal(
    packageUrlOf(deb, { id: 'debian', versionId: '12' }),
    'pkg:deb/debian/libc6@2.36-9%2Bdeb12u9?arch=amd64&distro=debian-12',
  );
  assert.equal(packageUrlOf(deb, { id: 'debian', codename: 'sid' }).split('=').at(-1), 'debian-sid');
  const apk = found({ type: 'apk', name: 'musl', version: '1.2.4-r2', architecture: 'x86_64' });
  assert.equal(
    packageUrlOf(apk, { id: 'alpine', versionId: '3.18.4' }),
    'pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.18.4',
  );
  assert.equal(packageUrlOf(apk, { id: 'wolfi' }), 'pkg:apk/wolfi/musl@1.2.4-r2?arch=x86_64&distro=wolfi');
  assert.equal(packageUrlOf(apk, undefined), 'pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64');
});

test('packageUrlOf() has the epoch of rpm as a qualifier, and that of deb in the version', () => {
  const rpm = found({ type: 'rpm', name: 'openssl-libs', version: '1:3.0.7-27.el9', architecture: 'x86_64' });
  assert.equal(
    packageUrlOf(rpm, { id: 'rhel', versionId: '9.4' }),
    'pkg:rpm/rhel/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=rhel-9.4&epoch=1',
  );
  assert.equal(
    packageUrlOf({ ...rpm, version: '0:3.0.7-27.el9' }, undefined),
    'pkg:rpm/openssl-libs@3.0.7-27.el9?arch=x86_64',
  );
  const deb = found({ type: 'deb', name: 'vim', version: '2:9.0.1378-2' });
  assert.equal(packageUrlOf(deb, undefined), 'pkg:deb/debian/vim@2:9.0.1378-2');
});

test('packageUrlOf() leaves packages of languages to themselves', () => {
  const distribution = { id: 'debian', versionId: '12' };
  const npm = found({ type: 'npm', namespace: '@angular', name: 'core', version: '17.0.0' });
  assert.equal(packageUrlOf(npm, distribution), 'pkg:npm/%40angular/core@17.0.0');
  const jar = found({
    type: 'maven',
    namespace: 'io.netty',
    name: 'x',
    version: '1',
    qualifiers: { classifier: 'linux' },
  });
  assert.equal(packageUrlOf(jar, distribution), 'pkg:maven/io.netty/x@1?classifier=linux');
});
