import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { vector } from '@lading/testkit';
import fc from 'fast-check';
import { formatPackageUrl } from './format.ts';
import type { PackageUrl } from './package-url.ts';
import { parsePackageUrl } from './parse.ts';

type Components = { readonly [K in keyof PackageUrl]?: PackageUrl[K] | null };

interface Case {
  readonly description: string;
  readonly test_type: 'parse' | 'build' | 'validate';
  readonly input: string | Components;
  readonly expected_output?: string | Components | null;
  readonly expected_failure: boolean;
}

const uppercaseKeys =
  'other cases of the same files read such keys, as "How to parse" says: the key is the lower-case left side';

/** Cases that are not followed, by type of test and input, with the reason. */
const excluded: ReadonlyMap<string, string> = new Map([
  ['parse pkg:gem/jruby-launcher@1.1.2?Platform=java', uppercaseKeys],
  ['parse pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25', uppercaseKeys],
  [
    'validate pkg:git/github/Package-url/purl-Spec@244fd47e07d1004f0aed9c',
    'the definition of git says that namespace and name have case',
  ],
]);

for (const folder of ['spec', 'types']) {
  test(`package URLs are read and written as in purl/${folder}`, (t) => {
    const path = vector(t, `purl/${folder}`);
    if (path === undefined) return;
    let cases = 0;
    for (const file of readdirSync(path)) {
      const { tests } = JSON.parse(readFileSync(join(path, file), 'utf8')) as { readonly tests: readonly Case[] };
      for (const one of tests) {
        cases++;
        if (!excluded.has(`${one.test_type} ${one.input}`)) check(one, `${file}: ${JSON.stringify(one)}`);
      }
    }
    assert.ok(cases >= (folder === 'spec' ? 18 : 500));
  });
}

function check({ test_type, input, expected_output, expected_failure }: Case, message: string): void {
  const run = (): string | Components =>
    typeof input !== 'string'
      ? formatPackageUrl(componentsOf(input) as unknown as PackageUrl)
      : test_type === 'parse'
        ? parsePackageUrl(input)
        : formatPackageUrl(parsePackageUrl(input));
  if (expected_failure) {
    assert.throws(run, (error) => isLadingError(error, 'PACKAGE_URL_INVALID'), message);
  } else if (typeof expected_output === 'string') {
    assert.equal(run(), expected_output, message);
  } else {
    assert.deepEqual(run(), componentsOf(expected_output ?? {}), message);
  }
}

function componentsOf(components: Components): Components {
  const present = Object.entries(components).filter(([, component]) => component !== null);
  return { type: '', name: '', ...Object.fromEntries(present) };
}

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter((text) => !/^\/+|\/+$/.test(text));
const segments = fc
  .array(
    word.filter((text) => !text.includes('/') && text !== '.' && text !== '..'),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join('/'));
const key = fc.stringMatching(/^[a-z][a-z0-9._-]{0,5}$/);
const components = fc.record(
  {
    type: fc.constantFrom('deb', 'npm', 'pypi', 'golang', 'maven', 'git', 'pub', 'mlflow', 'generic', 'x-unknown.1'),
    namespace: segments,
    name: word,
    version: word,
    qualifiers: fc.dictionary(key, word, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    subpath: segments,
  },
  { requiredKeys: ['type', 'namespace', 'name'], noNullPrototype: true },
);

test('what is written is read back the same, and a canonical text is written as it was', () => {
  fc.assert(
    fc.property(components, (purl) => {
      const text = formatPackageUrl(purl);
      assert.match(text, /^[A-Za-z0-9.\-_~%:/@?=&#]+$/);
      const read = parsePackageUrl(text);
      assert.equal(formatPackageUrl(read), text);
      assert.deepEqual(parsePackageUrl(formatPackageUrl(read)), read);
      if (purl.type === 'generic') assert.deepEqual(read, purl);
    }),
    { numRuns: 1000 },
  );
});

test('reading any text gives a package URL or says PACKAGE_URL_INVALID', () => {
  const text = fc.string({ unit: fc.constantFrom(...'pkg:/aB1@?=&#%2F.é'), maxLength: 20 });
  fc.assert(
    fc.property(text, (rest) => {
      try {
        const read = parsePackageUrl(`pkg:${rest}`);
        assert.deepEqual(parsePackageUrl(formatPackageUrl(read)), read);
      } catch (error) {
        assert.ok(isLadingError(error, 'PACKAGE_URL_INVALID'), String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

test('an error says what is wrong', () => {
  for (const [text, fault] of [
    ['npm/lodash@4', 'does not start with "pkg:"'],
    ['pkg:lodash', 'no "/" with a name after the type'],
    ['pkg:n&m/lodash', 'the type "n&m" is not a letter'],
    ['pkg:maven/@1.0', 'the name is empty'],
    ['pkg:npm/a%zz', '"a%zz" has a "%"'],
    ['pkg:npm/a%2Fb/c', 'an encoded slash'],
    ['pkg:npm/a?k=1&K=2', 'the qualifier "k" is there twice'],
    ['pkg:npm/a?1k=1', 'the qualifier "1k" is not a letter'],
    ['pkg:swift/Alamofire@5', 'the type swift wants a namespace'],
    ['pkg:julia/Dates', 'wants the qualifier "uuid"'],
    ['pkg:cpan/URI::PackageURL', 'the name "URI::PackageURL" is that of a module'],
  ] as const) {
    assert.throws(
      () => parsePackageUrl(text),
      (error) => isLadingError(error, 'PACKAGE_URL_INVALID') && error.message.includes(fault),
      text,
    );
  }
});

test('forms that tools write and the specification does not are read', () => {
  assert.deepEqual(parsePackageUrl('pkg:npm/@babel/core@7.0.0'), {
    type: 'npm',
    namespace: '@babel',
    name: 'core',
    version: '7.0.0',
  });
  assert.deepEqual(parsePackageUrl('pkg:golang/stdlib@1.22.1'), { type: 'golang', name: 'stdlib', version: '1.22.1' });
});
