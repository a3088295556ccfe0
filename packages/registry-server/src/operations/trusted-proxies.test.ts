import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trustedProxies } from './trusted-proxies.ts';

test('addresses and ranges of both families are recognised, also as sockets of IPv6 show them', () => {
  const proxies = trustedProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/8']);
  assert.ok('isTrustedProxy' in proxies);
  const trusted = ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', 'fd12::1'];
  const others = ['11.0.0.1', '192.0.2.8', 'fe80::1', '', 'x', '::ffff:11.0.0.1'];
  assert.deepEqual(trusted.map(proxies.isTrustedProxy), [true, true, true, true]);
  assert.deepEqual(
    others.map(proxies.isTrustedProxy),
    others.map(() => false),
  );
});

test('what is neither an address nor a range is named', () => {
  for (const entry of ['proxy.example.org', '10.0.0.0/33', '10.0.0', '/8', 'fd00::/129']) {
    assert.deepEqual(trustedProxies(['10.0.0.1', entry]), { invalid: entry });
  }
});
