import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { AddressGuard, isPrivate } from './addresses.ts';

const denied = (error: unknown): boolean => isLadingError(error, 'ADDRESS_DENIED') && error.kind === 'denied';

test('addresses that are not on the public internet are told from those that are', () => {
  const inside = [
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['169.254.169.254', '100.64.0.1', '100.127.255.255', '198.18.0.1', '224.0.0.1', '255.255.255.255', '192.0.0.8'],
    ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fdff::1', 'ff02::1', '2001:db8::1', '64:ff9b::a00:1'],
    ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::7f00:1', '2002:7f00:1::', 'fec0::1'],
  ];
  const outside = ['1.1.1.1', '172.15.255.255', '172.32.0.1', '100.63.255.255', '100.128.0.0', '192.167.1.1'];
  for (const address of inside) assert.equal(isPrivate(address), true, address);
  for (const address of [...outside, '2606:4700::1111', '::ffff:1.1.1.1']) {
    assert.equal(isPrivate(address), false, address);
  }
});

test('an address in a URL is refused however it is written, unless its host is allowed', () => {
  const guard = new AddressGuard({ denyPrivate: true, allow: ['10.0.0.5:5000', '10.0.0.6', 'r.example.org:443'] });
  for (const host of [
    ...[
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[0:0::ffff:7f00:1]',
    ],
    ...['169.254.169.254', '10.0.0.5', '10.0.0.5:5001', '10.0.0.6:8443'],
  ]) {
    assert.throws(() => guard.check(new URL(`https://${host}/latest`)), denied, host);
  }
  for (const host of ['10.0.0.5:5000', '10.0.0.6', '1.1.1.1', 'name.example.org']) {
    guard.check(new URL(`https://${host}/`));
  }
  new AddressGuard().check(new URL('http://127.0.0.1/'));
});

test('a name is refused at the moment of connecting when it stands for such an address', async () => {
  const lookUp = (guard: AddressGuard, url: string, all: boolean): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const lookup = guard.lookupFor(new URL(url));
      if (lookup === undefined) return resolve('the system');
      const { hostname } = new URL(url);
      lookup(hostname, { all }, (error, address: string | LookupAddress[]) =>
        error === null ? resolve(address) : reject(error),
      );
    });
  const guard = new AddressGuard({ denyPrivate: true, allow: ['localhost:5000'] });
  for (const all of [true, false]) {
    await assert.rejects(lookUp(guard, 'http://localhost:5001/', all), (error) => {
      assert.ok(denied(error));
      assert.match((error as Error).message, /localhost:5001, which is (127\.0\.0\.1|::1)/);
      return true;
    });
  }
  assert.equal(await lookUp(guard, 'http://localhost:5000/', true), 'the system');
  assert.equal(await lookUp(new AddressGuard(), 'http://localhost:5001/', true), 'the system');
});
