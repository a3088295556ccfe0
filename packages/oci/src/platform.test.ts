import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { hostPlatform, normalizePlatform, type Platform } from './platform.ts';
import { formatPlatform, parsePlatform } from './platform-text.ts';

test('parsePlatform() normalises as containerd does', () => {
  const cases: [string, string][] = [
    ['linux/amd64', 'linux/amd64'],
    ['Linux/X86_64', 'linux/amd64'],
    ['linux/x86-64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/i386', 'linux/386'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/7', 'linux/arm/v7'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['linux/arm/5', 'linux/arm/v5'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['macos/arm64', 'darwin/arm64'],
    ['linux/riscv64', 'linux/riscv64'],
    ['plan10/z80/turbo', 'plan10/z80/turbo'],
    ['windows(10.0.17763)/amd64', 'windows(10.0.17763)/amd64'],
    ['windows(10.0.17763+win32k)/amd64', 'windows(10.0.17763+win32k)/amd64'],
    ['linux(+b+a+b)/amd64', 'linux(+a+b)/amd64'],
  ];
  for (const [written, normal] of cases) assert.equal(formatPlatform(parsePlatform(written)), normal, written);
});

test('parsePlatform() takes the missing part from this machine', () => {
  const host = hostPlatform();
  assert.deepEqual(parsePlatform('arm64'), { os: host.os, architecture: 'arm64' });
  assert.deepEqual(parsePlatform('aarch64'), { os: host.os, architecture: 'arm64' });
  assert.equal(parsePlatform('linux').architecture, host.architecture);
});

test('parsePlatform() says what is wrong', () => {
  const cases: [string, RegExp][] = [
    ['', /it is empty/],
    ['linux/', /part 2 is empty/],
    ['/amd64', /part 1 is empty/],
    ['linux/arm/v7/x', /one to three parts/],
    ['linux/am d64', /"am d64" has other characters/],
    ['lin*x/amd64', /"lin\*x" is not the name of a system/],
    ['windows(10/amd64', /not the name of a system/],
    ['windows(%zz)/amd64', /broken "%" sequence/],
    ['commodore64', /neither a known system nor a known architecture/],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parsePlatform(text),
      (error) => isLadingError(error, 'PLATFORM_INVALID') && message.test(error.message),
      text,
    );
  }
});

const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
const platforms: fc.Arbitrary<Platform> = fc
  .record(
    {
      os: name,
      architecture: fc.oneof(name, fc.constantFrom('arm', 'arm64', 'amd64', 'aarch64', 'armhf')),
      variant: fc.oneof(name, fc.constantFrom('v5', 'v7', 'v8', '8', 'v1')),
      'os.version': fc.string({ maxLength: 8, unit: 'grapheme' }),
      'os.features': fc.array(fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme' }), { maxLength: 3 }),
    },
    { requiredKeys: ['os', 'architecture'] },
  )
  .map((platform) => normalizePlatform(platform));

test('normalizePlatform() is idempotent, and parsePlatform() reads back what formatPlatform() writes', () => {
  fc.assert(
    fc.property(platforms, (platform) => {
      assert.deepEqual(normalizePlatform(platform), platform);
      assert.deepEqual(parsePlatform(formatPlatform(platform)), platform);
    }),
  );
});

test('parsePlatform() throws nothing but PLATFORM_INVALID', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'aA6/()+%.-_ é\u0000') }), (text) => {
      try {
        parsePlatform(text);
      } catch (error) {
        assert.ok(isLadingError(error, 'PLATFORM_INVALID'), String(error));
      }
    }),
  );
});
