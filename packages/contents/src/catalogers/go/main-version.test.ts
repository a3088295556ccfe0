import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standardLibraryVersion } from './go-version.ts';
import { mainVersion } from './main-version.ts';

for (const [version, ldflags, expected] of [
  ['v1.2.3', '-X main.version=9.9.9', 'v1.2.3'],
  ['(devel)', '', '(devel)'],
  ['(devel)', '-s -w -X main.version=1.2.3', 'v1.2.3'],
  ['(devel)', `-X 'main.Version=v1.2.3-rc.1' -X main.commit=abc`, 'v1.2.3-rc.1'],
  ['(devel)', '-X=example.org/team/app/internal/build.gitVersion=v1.2.3', 'v1.2.3'],
  ['(devel)', '-X example.org/other/lib.version=1.2.3', '(devel)'],
  ['(devel)', '-X main.minVersion=1.2.3 -X main.goVersion=1.22.3', '(devel)'],
  ['(devel)', '-X main.version=latest', '(devel)'],
  ['(devel)', '-X main.version=1.2.3 -X example.org/team/app/x.version=2.0.0', '(devel)'],
] as const) {
  test(`a main module of version ${version} built with [${ldflags}] has version ${expected}`, () => {
    const settings = new Map([
      ['-ldflags', ldflags],
      ['vcs.revision', '0123456789abcdef0123456789abcdef01234567'],
    ]);
    const main = { path: 'example.org/team/app', version };
    assert.equal(mainVersion({ goVersion: 'go1.22.3', main, dependencies: [], settings }), expected);
  });
}

for (const [toolchain, expected] of [
  ['go1.22.3', 'v1.22.3'],
  ['go1.20', 'v1.20.0'],
  ['go1.21rc2', 'v1.21.0-rc.2'],
  ['go1.19.13 X:boringcrypto', 'v1.19.13'],
  ['go1.22.1-vendor.2', 'v1.22.1'],
  ['devel go1.23-abcdef', undefined],
] as const) {
  test(`the standard library of ${toolchain} is ${expected}`, () => {
    assert.equal(standardLibraryVersion(toolchain), expected);
  });
}
