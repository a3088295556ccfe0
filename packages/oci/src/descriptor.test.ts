import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type Descriptor, descriptorOf, emptyDescriptor, parseDescriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';
import { mediaTypes } from './media-type.ts';

const good = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf('x'), size: 1 };

test('emptyDescriptor is the one of the specification', () => {
  assert.deepEqual(
    { ...emptyDescriptor },
    {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      size: 2,
      data: 'e30=',
    },
  );
});

test('descriptorOf() counts bytes and keeps the order of members', () => {
  const descriptor = descriptorOf(Buffer.from('é'), 'text/plain', { annotations: { a: 'b' } });
  assert.equal(
    JSON.stringify(descriptor),
    `{"mediaType":"text/plain","digest":"${digestOf('é')}","size":2,"annotations":{"a":"b"}}`,
  );
});

test('parseDescriptor() keeps unknown fields in their place and drops known ones that are null', () => {
  const value = { 'x-first': [null], ...good, urls: null, annotations: null, platform: null, 'x-last': { deep: null } };
  assert.equal(
    JSON.stringify(parseDescriptor(value)),
    JSON.stringify({ 'x-first': [null], ...good, 'x-last': { deep: null } }),
  );
});

test('parseDescriptor() is not impressed by names of prototype members', () => {
  const value: unknown = JSON.parse(
    `{"mediaType":"a/b","digest":"${good.digest}","size":1,"__proto__":{"urls":["evil"]},"annotations":{"__proto__":"x","constructor":"y"}}`,
  );
  const descriptor: Descriptor = parseDescriptor(value);
  assert.equal(descriptor.urls, undefined);
  assert.equal(Object.getPrototypeOf(descriptor), Object.prototype);
  assert.deepEqual(Object.entries(descriptor.annotations ?? {}), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  assert.throws(
    () => parseDescriptor(JSON.parse(`{"__proto__":${JSON.stringify(good)}}`)),
    /at \$\.mediaType: it is missing/,
  );
});

test('parseDescriptor() names the place of every fault', () => {
  const cases: [unknown, RegExp][] = [
    [null, /at \$: it must be an object, not null/],
    [[], /at \$: it must be an object, not an array/],
    [{ ...good, mediaType: undefined, digest: 7 }, /at \$\.mediaType: it must be a string, not undefined/],
    [{ ...good, mediaType: 'nonsense' }, /at \$\.mediaType: "nonsense" is not a media type/],
    [{ ...good, digest: 7 }, /at \$\.digest: it must be a string, not 7/],
    [{ ...good, digest: 'sha256:12' }, /at \$\.digest: .*64 hexadecimal digits, not 2/],
    [{ ...good, size: '1' }, /at \$\.size: it must be a number of bytes, not "1"/],
    [{ ...good, size: -1 }, /at \$\.size: -1 is not a whole number/],
    [{ ...good, size: 1.5 }, /at \$\.size: 1\.5 is not a whole number/],
    [{ ...good, size: 2 ** 53 }, /at \$\.size: 9007199254740992 is not a whole number/],
    [{ ...good, urls: 'x' }, /at \$\.urls: it must be an array, not "x"/],
    [{ ...good, urls: ['x', 1] }, /at \$\.urls\[1\]: it must be a string, not 1/],
    [{ ...good, annotations: [] }, /at \$\.annotations: it must be an object/],
    [{ ...good, annotations: { 'org.example': 1 } }, /at \$\.annotations\["org\.example"\]: it must be a string/],
    [{ ...good, data: '&' }, /at \$\.data: it is not base64/],
    [{ ...good, platform: { os: 'linux' } }, /at \$\.platform\.architecture: it is missing/],
    [{ ...good, platform: { os: 'linux', architecture: 1 } }, /at \$\.platform\.architecture: it must be a string/],
    [
      { ...good, platform: { os: 'l', architecture: 'a', 'os.features': [1] } },
      /at \$\.platform\["os\.features"\]\[0\]/,
    ],
    [{ ...good, artifactType: {} }, /at \$\.artifactType: it must be a string, not an object/],
  ];
  for (const [value, message] of cases) {
    assert.throws(
      () => parseDescriptor(value),
      (error) => isLadingError(error, 'MANIFEST_INVALID') && message.test(error.message),
      String(message),
    );
  }
});
