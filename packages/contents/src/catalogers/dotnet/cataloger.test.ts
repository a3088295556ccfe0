import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { dotnetCataloger } from './cataloger.ts';
import { normaliseVersion } from './nuspec.ts';

async function found(path: string, content: unknown): Promise<unknown> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const facts = await catalogBytes(dotnetCataloger, path, text);
  return facts?.map((fact) => (fact.kind === 'package' ? fact.package : fact));
}

const target = '.NETCoreApp,Version=v8.0/linux-x64';
const digest = Buffer.alloc(64, 7);

test('an application has the packages that give its runtime target something, its framework, and its own projects', async () => {
  const record = {
    runtimeTarget: { name: target, signature: '' },
    targets: {
      '.NETCoreApp,Version=v8.0': {},
      [target]: {
        'App/1.0.0': { dependencies: { 'Newtonsoft.Json': '13.0.1' }, runtime: { 'App.dll': {} } },
        'Newtonsoft.Json/13.0.1': { runtime: { 'lib/netstandard2.0/Newtonsoft.Json.dll': {} } },
        'Native.Only/2.0.0': { native: { 'runtimes/linux-x64/native/libn.so': {} } },
        'Compile.Only/1.0.0': { dependencies: {} },
        'Empty.Runtime/1.0.0': { runtime: {} },
        'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': { runtime: { 'System.dll': {} } },
      },
    },
    libraries: {
      'App/1.0.0': { type: 'project', serviceable: false, sha512: '' },
      'Newtonsoft.Json/13.0.1': { type: 'package', sha512: `sha512-${digest.toString('base64')}` },
      'Native.Only/2.0.0': { type: 'Package', sha512: 'sha512-broken' },
      'Compile.Only/1.0.0': { type: 'package' },
      'Empty.Runtime/1.0.0': { type: 'package' },
      'Unmentioned/1.0.0-beta.1': { type: 'package' },
      'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': { type: 'runtimepack' },
      'Some.Reference/1.0.0.0': { type: 'reference' },
      'no version': { type: 'package' },
    },
  };
  assert.deepEqual(await found('app/App.deps.json', record), [
    { type: 'nuget', name: 'App', version: '1.0.0', role: 'main' },
    { type: 'nuget', name: 'Newtonsoft.Json', version: '13.0.1', hashes: { sha512: digest.toString('hex') } },
    { type: 'nuget', name: 'Native.Only', version: '2.0.0' },
    { type: 'nuget', name: 'Unmentioned', version: '1.0.0-beta.1' },
    { type: 'nuget', name: 'Microsoft.NETCore.App.Runtime.linux-x64', version: '8.0.1' },
  ]);
});

test('a shared framework is the runtime package that advisories name', async () => {
  const key = 'Microsoft.NETCore.App.Runtime.linux-x64/8.0.1';
  const record = {
    runtimeTarget: { name: target },
    targets: { [target]: { [key]: { runtime: { 'System.Private.CoreLib.dll': {} } } } },
    libraries: { [key]: { type: 'package', serviceable: true, sha512: '' } },
  };
  const path = 'usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json';
  assert.deepEqual(await found(path, record), [
    { type: 'nuget', name: 'Microsoft.NETCore.App.Runtime.linux-x64', version: '8.0.1' },
  ]);
});

test('a folder of packages is read by their nuspec', async () => {
  const nuspec = `\ufeff<?xml version="1.0" encoding="utf-8"?>\r
<package xmlns="http://schemas.example.org/nuspec.xsd">\r
  <metadata minClientVersion="2.12">\r
    <id>Newtonsoft.Json</id>\r
    <version>13.0.1.0+build</version>\r
    <license type="expression">MIT OR Apache-2.0</license>\r
    <dependencies><dependency id="Other" version="1.0.0" /></dependencies>\r
  </metadata>\r
</package>`;
  const path = 'root/.nuget/packages/newtonsoft.json/13.0.1/newtonsoft.json.nuspec';
  const expected = { type: 'nuget', name: 'Newtonsoft.Json', version: '13.0.1', licenses: ['MIT OR Apache-2.0'] };
  assert.deepEqual(await found(path, nuspec), [expected]);
  assert.equal(await found('src/Newtonsoft.Json.nuspec', nuspec), undefined);
  const { licenses: _, ...unlicensed } = expected;
  assert.deepEqual(await found(path, nuspec.replace('expression', 'file')), [unlicensed]);
  await assert.rejects(found(path, nuspec.replace('<id>', '<ID>')), { code: 'PACKAGE_RECORD_INVALID' });
});

test('versions are normalised as NuGet does', () => {
  for (const [written, normal] of [
    ['1.0', '1.0.0'],
    ['1.00.0.0', '1.0.0'],
    ['1.2.3.4', '1.2.3.4'],
    ['01.2.3-Beta.1+5', '1.2.3-Beta.1'],
    ['1.0.0+a', '1.0.0'],
    ['$version$', '$version$'],
  ] as const)
    assert.equal(normaliseVersion(written), normal);
});

test('no JSON or XML makes reading fail in another way than by saying so, or slow', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      for (const record of [value, { libraries: value, targets: value }, { libraries: { 'a/1': value } }])
        if (typeof record === 'object' && record !== null) await found('a.deps.json', record);
    }),
    { numRuns: 200 },
  );
  const started = performance.now();
  for (const part of ['<id', '<id ', '<id>', '<id>x', '<license type="expression"', '</id', '<'])
    await assert.rejects(found('a/1/a.nuspec', part.repeat((1 << 20) / part.length - 1)), {
      code: 'PACKAGE_RECORD_INVALID',
    });
  assert(performance.now() - started < 5000);
});
