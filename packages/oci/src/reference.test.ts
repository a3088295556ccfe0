import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { digestOf } from './digest.ts';
import {
  familiarReference,
  formatReference,
  isRepositoryName,
  isTag,
  parseReference,
  type Reference,
  repositoryOf,
} from './reference.ts';

const digest = digestOf('x');
const id = 'a'.repeat(64);

test('parseReference() normalises as Docker does', () => {
  const cases: [written: string, canonical: string, familiar: string][] = [
    ['alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine:3.20'],
    ['team/app', 'docker.io/team/app:latest', 'team/app:latest'],
    ['library/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['index.docker.io/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['index.docker.io/team/app:1', 'docker.io/team/app:1', 'team/app:1'],
    ['docker.io/library/a/b', 'docker.io/library/a/b:latest', 'library/a/b:latest'],
    ['localhost/app', 'localhost/app:latest', 'localhost/app:latest'],
    ['localhost', 'docker.io/library/localhost:latest', 'localhost:latest'],
    ['localhost:5000', 'docker.io/library/localhost:5000', 'localhost:5000'],
    ['localhost:5000/app:1', 'localhost:5000/app:1', 'localhost:5000/app:1'],
    ['registry:5000/app', 'registry:5000/app:latest', 'registry:5000/app:latest'],
    ['registry/app', 'docker.io/registry/app:latest', 'registry/app:latest'],
    ['Registry/app', 'Registry/app:latest', 'Registry/app:latest'],
    ['registry.example.org/a/b/c', 'registry.example.org/a/b/c:latest', 'registry.example.org/a/b/c:latest'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000/app:latest', '127.0.0.1:5000/app:latest'],
    ['[::1]:5000/app', '[::1]:5000/app:latest', '[::1]:5000/app:latest'],
    ['[fd00:1:2::3]/app', '[fd00:1:2::3]/app:latest', '[fd00:1:2::3]/app:latest'],
    [`app@${digest}`, `docker.io/library/app@${digest}`, `app@${digest}`],
    [`app:1@${digest}`, `docker.io/library/app:1@${digest}`, `app:1@${digest}`],
    [`localhost:5000/app:1@${digest}`, `localhost:5000/app:1@${digest}`, `localhost:5000/app:1@${digest}`],
    ['a__b/c---d.e_f', 'docker.io/a__b/c---d.e_f:latest', 'a__b/c---d.e_f:latest'],
    [`${id}:1`, `docker.io/library/${id}:1`, `${id}:1`],
    ['app:_under.score-', 'docker.io/library/app:_under.score-', 'app:_under.score-'],
  ];
  for (const [written, canonical, familiar] of cases) {
    const reference = parseReference(written);
    assert.equal(formatReference(reference), canonical, written);
    assert.equal(familiarReference(reference), familiar, written);
  }
});

test('parseReference() keeps tag and digest together', () => {
  assert.deepEqual(parseReference(`app:1@${digest}`), {
    registry: 'docker.io',
    repository: 'library/app',
    tag: '1',
    digest,
  });
});

test('parseReference() uses the default registry and tag it is given', () => {
  const options = { defaultRegistry: 'localhost:5000', defaultTag: null };
  assert.deepEqual(parseReference('app', options), { registry: 'localhost:5000', repository: 'app' });
  assert.equal(repositoryOf(parseReference('docker.io/app', options)), 'docker.io/library/app');
  assert.equal(parseReference('app', { defaultRegistry: 'index.docker.io' }).repository, 'library/app');
  assert.equal(parseReference('app', { defaultTag: 'edge' }).tag, 'edge');
  assert.equal(parseReference(`app@${digest}`, { defaultTag: 'edge' }).tag, undefined);
});

test('parseReference() says what is wrong where', () => {
  const cases: [string, RegExp][] = [
    ['', /it is empty/],
    [' app', /white space or a control character at position 1/],
    ['app\u0000', /control character at position 4/],
    ['https://example.org/app', /starts with "https:\/\/"/],
    [id, /image id/],
    [digest, /a digest alone/],
    ['App', /the repository "App" has upper-case letters/],
    ['team/App:1', /the repository "team\/App" has upper-case letters/],
    ['example.org/', /the repository is missing/],
    ['example.org/:1', /the repository is missing/],
    [':1', /the repository is missing/],
    ['a//b', /an empty part between slashes/],
    ['/a', /an empty part/],
    ['a/b/', /an empty part/],
    ['a..b', /the part "a\.\.b"/],
    ['a___b', /the part "a___b"/],
    ['-a', /the part "-a"/],
    ['a-', /the part "a-"/],
    ['aé', /the part "aé"/],
    ['::1/app', /"::1" is not a host name/],
    ['[::1%eth0]/app', /is not a host name|the part/],
    ['example.org:port/app', /"example.org:port" is not a host name/],
    ['-example.org/app', /"-example.org" is not a host name/],
    ['example..org/app', /"example..org" is not a host name/],
    ['app:', /tag after ":" is empty/],
    ['app:-1', /tag "-1" starts with "-"/],
    ['app:a+b', /tag "a\+b" has "\+" at position 2/],
    [`app:${'a'.repeat(129)}`, /tag has 129 characters/],
    ['app@', /after "@": .*no algorithm/],
    ['app@sha256:00', /after "@": .*64 hexadecimal digits, not 2/],
    [`app@${digest}:1`, /after "@"/],
    [`app@md5:${'0'.repeat(32)}`, /"md5" is not supported/],
    [`example.org/${'a'.repeat(256)}`, /256 characters, more than 255/],
    [`library/${'a'.repeat(248)}`, /256 characters, more than 255/],
    ['a'.repeat(2000), /2000 characters/],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parseReference(text),
      (error) => isLadingError(error, 'REFERENCE_INVALID') && error.hint !== undefined && message.test(error.message),
      JSON.stringify(text.slice(0, 60)),
    );
  }
});

test('parseReference() accepts a repository of 255 characters whatever the registry', () => {
  assert.ok(parseReference(`registry.example.org/${'a'.repeat(255)}`));
  assert.ok(parseReference('a'.repeat(247)));
});

test('the hint for an upper-case repository is the lower-case reference', () => {
  assert.throws(
    () => parseReference('example.org/Team/App:1'),
    (error) => isLadingError(error) && error.hint?.endsWith('example.org/team/app:1') === true,
  );
});

test('familiarReference() keeps what would otherwise be read as a host or an image id', () => {
  for (const text of [
    'docker.io/localhost/app:1',
    'docker.io/example.org/app:1',
    `docker.io/library/${id}`,
    'docker.io/library/localhost/app:1',
  ]) {
    const reference = parseReference(text, { defaultTag: null });
    assert.deepEqual(parseReference(familiarReference(reference), { defaultTag: null }), reference, text);
  }
});

const component = fc.stringMatching(/^[a-z0-9]{1,5}(?:(?:[._]|__|-{1,3})[a-z0-9]{1,4}){0,2}$/);
const references = fc
  .record(
    {
      registry: fc.oneof(
        fc.constantFrom('docker.io', 'localhost', 'localhost:5000', '[::1]:5000', '[fe80::1]', '10.0.0.1', 'HOST'),
        fc.stringMatching(/^[a-z0-9]{1,5}\.[a-z0-9]{1,5}(?::[0-9]{1,5})?$/),
      ),
      repository: fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
      tag: fc.stringMatching(/^\w[\w.-]{0,20}$/),
      digest: fc.constantFrom(digest, digestOf('y', 'sha512')),
    },
    { requiredKeys: ['registry', 'repository'] },
  )
  // Docker Hub has no repositories of one part: they are spelled library/….
  .map(
    (reference): Reference =>
      reference.registry === 'docker.io' && !reference.repository.includes('/')
        ? { ...reference, repository: `library/${reference.repository}` }
        : reference,
  );

test('parseReference() reads back what formatReference() and familiarReference() write', () => {
  fc.assert(
    fc.property(references, (reference) => {
      assert.deepEqual({ ...parseReference(formatReference(reference), { defaultTag: null }) }, { ...reference });
      assert.deepEqual({ ...parseReference(familiarReference(reference), { defaultTag: null }) }, { ...reference });
    }),
  );
});

test('parseReference() throws nothing but REFERENCE_INVALID, and what it accepts is stable', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'aB0./:@-_[]% é') }));
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const reference = parseReference(text);
        assert.ok(isRepositoryName(reference.repository));
        assert.ok(reference.tag === undefined || isTag(reference.tag));
        assert.deepEqual(parseReference(formatReference(reference)), reference);
      } catch (error) {
        assert.ok(isLadingError(error, 'REFERENCE_INVALID'), String(error));
      }
    }),
    { numRuns: 500 },
  );
});
