import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotationKeys } from './annotation.ts';
import { type Descriptor, descriptorOf } from './descriptor.ts';
import { mediaTypes } from './media-type.ts';
import type { Platform } from './platform.ts';
import { matchPlatform, platformOrder, selectPlatform } from './platform-match.ts';
import { formatPlatform, parsePlatform } from './platform-text.ts';

function entry(platform: string | Platform | undefined, extra: Partial<Descriptor> = {}): Descriptor {
  const value = typeof platform === 'string' ? parsePlatform(platform) : platform;
  const seed = Buffer.from(JSON.stringify([value, extra]));
  return descriptorOf(seed, mediaTypes.ociManifest, { ...(value === undefined ? {} : { platform: value }), ...extra });
}

function order(text: string): string {
  return platformOrder(parsePlatform(text)).map(formatPlatform).join(' ').replaceAll('linux/', '');
}

test('platformOrder() goes down the variants as containerd does', () => {
  assert.equal(order('linux/arm/v7'), 'arm/v7 arm/v6 arm/v5');
  assert.equal(order('linux/arm/v5'), 'arm/v5');
  assert.equal(order('linux/arm64'), 'arm64 arm/v8 arm/v7 arm/v6 arm/v5');
  assert.equal(order('linux/arm64/v8.2'), 'arm64/v8.2 arm64/v8.1 arm64 arm/v8 arm/v7 arm/v6 arm/v5');
  assert.equal(
    order('linux/arm64/v9'),
    'arm64/v9 arm64/v8.5 arm64/v8.4 arm64/v8.3 arm64/v8.2 arm64/v8.1 arm64 arm/v8 arm/v7 arm/v6 arm/v5',
  );
  assert.equal(order('linux/amd64'), 'amd64 386');
  assert.equal(order('linux/amd64/v4'), 'amd64/v4 amd64/v3 amd64/v2 amd64 386');
  assert.equal(order('linux/riscv64'), 'riscv64');
  assert.equal(order('linux/amd64/v999999999'), 'amd64/v999999999 386');
});

test('selectPlatform() takes the best variant, wherever it stands', () => {
  const index = [entry('linux/arm/v5'), entry('linux/amd64'), entry('linux/arm/v6'), entry('linux/arm64')];
  assert.equal(selectPlatform(index, parsePlatform('linux/arm/v7')), index[2]);
  assert.equal(selectPlatform(index, parsePlatform('linux/arm/v5')), index[0]);
  assert.equal(selectPlatform(index, parsePlatform('linux/arm64/v8')), index[3]);
  assert.equal(selectPlatform(index, parsePlatform('linux/amd64/v3')), index[1]);
  assert.equal(selectPlatform(index, parsePlatform('linux/386')), undefined);
  assert.equal(selectPlatform(index, parsePlatform('windows/amd64')), undefined);
});

test('selectPlatform() reads unnormalised entries and takes the first of equals', () => {
  const index = [
    entry({ os: 'linux', architecture: 'aarch64', variant: 'v8' }, { size: 1 }),
    entry({ os: 'linux', architecture: 'arm64' }, { size: 2 }),
  ];
  assert.equal(selectPlatform(index, { os: 'linux', architecture: 'arm64' }), index[0]);
});

test('selectPlatform() never takes unknown/unknown, attestations or what is no manifest', () => {
  const unknown = { os: 'unknown', architecture: 'unknown' };
  assert.equal(selectPlatform([entry(unknown)], unknown), undefined);
  assert.equal(selectPlatform([entry({ os: '', architecture: '' })], { os: '', architecture: '' }), undefined);
  const attestation = { annotations: { [annotationKeys.dockerReferenceType]: 'attestation-manifest' } };
  assert.equal(selectPlatform([entry('linux/amd64', attestation)], parsePlatform('linux/amd64')), undefined);
  assert.equal(
    selectPlatform([entry('linux/amd64', { mediaType: mediaTypes.ociLayer })], parsePlatform('linux/amd64')),
    undefined,
  );
});

test('selectPlatform() takes a lone entry without platform when nothing else matches', () => {
  const [bare, other, arm] = [entry(undefined), entry(undefined, { size: 9 }), entry('linux/arm64')];
  const wanted = parsePlatform('linux/amd64');
  assert.equal(selectPlatform([arm, bare], wanted), bare);
  assert.equal(selectPlatform([bare, other], wanted), undefined);
  const amd = entry('linux/amd64');
  assert.equal(selectPlatform([bare, amd], wanted), amd);
});

test('matchPlatform() wants every feature of the image from the machine', () => {
  const machine = { os: 'windows', architecture: 'amd64', 'os.features': ['win32k', 'other'] };
  const image = { os: 'windows', architecture: 'amd64', 'os.features': ['win32k'] };
  assert.ok(matchPlatform(machine, image));
  assert.ok(!matchPlatform(image, machine));
  assert.ok(!matchPlatform({ os: 'windows', architecture: 'amd64' }, image));
});

test('matchPlatform() compares the versions of Windows, and of nothing else', () => {
  const cases: [host: string, image: string, runs: boolean][] = [
    ['10.0.17763.1', '10.0.17763.5576', true],
    ['10.0.17763', '10.0.14393', false],
    ['10.0.20348', '10.0.17763', false],
    ['10.0.26100', '10.0.20348.2340', true],
    ['10.0.26100', '10.0.17763', false],
    ['10.0.20348', '10.0.26100', false],
    ['11.0.20348', '10.0.20348', false],
    ['10.0.20348', 'tuesday', false],
    ['tuesday', '10.0.20348', true],
  ];
  for (const [host, image, runs] of cases) {
    const of = (version: string): Platform => ({ os: 'windows', architecture: 'amd64', 'os.version': version });
    assert.equal(matchPlatform(of(host), of(image)), runs, `${image} on ${host}`);
  }
  assert.ok(matchPlatform(parsePlatform('linux(5)/amd64'), parsePlatform('linux(6)/amd64')));
});

test('selectPlatform() takes the newest Windows that runs', () => {
  const index = ['10.0.20348.9', '10.0.20348.2340', '10.0.26100.1'].map((version) =>
    entry(`windows(${version})/amd64`),
  );
  assert.equal(selectPlatform(index, parsePlatform('windows(10.0.20348.5)/amd64')), index[1]);
});
