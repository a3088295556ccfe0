import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { makeZip } from '../../testing/make-zip.ts';
import { pythonCataloger } from './cataloger.ts';
import { parseMetadata } from './metadata.ts';

async function found(path: string, text: string | Uint8Array): Promise<unknown> {
  const facts = await catalogBytes(pythonCataloger, path, text);
  return facts?.map((fact) => (fact.kind === 'package' ? fact.package : fact));
}

const metadata = 'Metadata-Version: 2.1\nName: Flask_SQLAlchemy\nVersion: 2.5.1\n\nA description\nVersion: 9\n';
const flask = { type: 'pypi', name: 'flask-sqlalchemy', version: '2.5.1' };

test('every form in which Python records what is installed is read', async () => {
  for (const path of [
    'usr/lib/python3/dist-packages/Flask_SQLAlchemy-2.5.1.dist-info/METADATA',
    'usr/lib/python3/dist-packages/Flask_SQLAlchemy-2.5.1.egg-info/PKG-INFO',
    'usr/lib/python3/dist-packages/Flask_SQLAlchemy-2.5.1.egg-info',
    'site-packages/Flask_SQLAlchemy-2.5.1-py3.11.egg/EGG-INFO/PKG-INFO',
    'site-packages/setuptools/_vendor/Flask_SQLAlchemy-2.5.1.dist-info/METADATA',
  ])
    assert.deepEqual(await found(path, metadata), [flask], path);
});

test('a zipped egg is read without unpacking it', async () => {
  const path = 'site-packages/Flask_SQLAlchemy-2.5.1-py3.11.egg';
  const egg = makeZip([
    { name: 'flask_sqlalchemy/__init__.py', content: '' },
    { name: 'EGG-INFO/PKG-INFO', content: metadata },
  ]);
  assert.deepEqual(await found(path, egg), [{ ...flask, location: `${path}!/EGG-INFO/PKG-INFO` }]);
  await assert.rejects(found(path, makeZip([{ name: 'a', content: '' }])), { code: 'PACKAGE_RECORD_INVALID' });
});

test('what is not installed is not read: wheels, requirements, what pip could not remove, metadata of other kinds', async () => {
  for (const path of [
    'site-packages/~lask-2.5.1.dist-info/METADATA',
    'usr/lib/python3.11/ensurepip/_bundled/pip-24.0-py3-none-any.whl',
    'site-packages/pip/_vendor/vendor.txt',
    'app/requirements.txt',
    'app/METADATA',
    'PKG-INFO',
    'src/app-1.0/PKG-INFO',
    'site-packages/x.egg',
  ])
    assert.equal(await found(path, metadata), undefined, path);
});

test('names are normalised as advisories have them', () => {
  for (const [written, name] of [
    ['PyYAML', 'pyyaml'],
    ['zope.interface', 'zope-interface'],
    ['a__b--c..D', 'a-b-c-d'],
  ] as const)
    assert.equal(parseMetadata('x', `Name: ${written}\nVersion: 1!2.0.post1+local.1`).name, name);
});

test('licenses come from the field that says most', () => {
  const head = 'Name: a\nVersion: 1\n';
  const osi = 'Classifier: License :: OSI Approved :: ';
  for (const [fields, licenses] of [
    [`License-Expression: MIT OR Apache-2.0\nLicense: x\n${osi}MIT License`, ['MIT OR Apache-2.0']],
    [`License: BSD-3-Clause\n${osi}BSD License`, ['BSD-3-Clause']],
    [`License: UNKNOWN\n${osi}BSD License\n${osi}MIT License\nClassifier: Topic :: x`, ['BSD License', 'MIT License']],
    [`License: Copyright 2000\n        Permission is hereby\n\t granted\n${osi}MIT License`, ['MIT License']],
    ['Classifier: License :: OSI Approved', undefined],
    ['', undefined],
  ] as const)
    assert.deepEqual(parseMetadata('x', `${head}${fields}\n`).licenses, licenses, fields);
});

test('line ends, marks, bytes that are no text and the case of fields do not matter; a long description is not read', async () => {
  const path = 'a-1.dist-info/METADATA';
  const expected = [{ type: 'pypi', name: 'a', version: '1' }];
  assert.deepEqual(await found(path, '\ufeffname: a\r\nVERSION:1\r\n\r\nName: b\r\n'), expected);
  assert.deepEqual(
    await found(path, Buffer.from([...Buffer.from('Name: a\nVersion: 1\nAuthor: '), 0xff, 0x0a])),
    expected,
  );
  assert.deepEqual(await found(path, `Name: a\nVersion: 1\n\n${'x'.repeat(20 << 20)}`), expected);
});

test('a record without name or version is an error that names the path', async () => {
  const path = 'a-1.dist-info/METADATA';
  await assert.rejects(found(path, 'Name: a\n\nVersion: 1\n'), {
    code: 'PACKAGE_RECORD_INVALID',
    message: `Cannot read ${path}: it has no Version`,
  });
  await assert.rejects(found(path, 'Version: 1'), { code: 'PACKAGE_RECORD_INVALID', message: /no Name/ });
});

test('no text makes reading metadata fail in another way, or slow', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('Name: a', 'Version: 1', 'License:', ' goes on', '\t', '', ':', '\r'),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      try {
        const { name, version } = parseMetadata('x', lines.join('\n'));
        assert.match(`${name}@${version}`, /^\S+@\S+$/);
      } catch (error) {
        assert(isLadingError(error, 'PACKAGE_RECORD_INVALID'));
      }
    }),
    { numRuns: 300 },
  );
  const started = performance.now();
  for (const part of [' x\n', 'License: x\n', '\n ', 'a', ':', '\r', '-_.'])
    assert.throws(() => parseMetadata('x', `Name: a\n${part.repeat((1 << 20) / part.length)}`));
  assert(performance.now() - started < 5000);
});
