import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { proxyFor } from './proxy.ts';

const through = (url: string, env: NodeJS.ProcessEnv): string | undefined => proxyFor(new URL(url), { env })?.host;

test('the scheme of the origin chooses the proxy, capitals come first, and this machine is reached directly', () => {
  const env = { HTTP_PROXY: 'http://plain.example.org:3128', https_proxy: 'secure.example.org:8080' };
  assert.equal(through('http://r.example.org/', env), 'plain.example.org:3128');
  assert.equal(
    through('https://r.example.org/', env),
    'secure.example.org:8080',
    'a proxy without a scheme speaks http',
  );
  assert.equal(through('https://r.example.org/', { HTTP_PROXY: 'http://p:1' }), undefined);
  assert.equal(through('http://r.example.org/', { HTTP_PROXY: 'http://a:1', http_proxy: 'http://b:1' }), 'a:1');
  assert.equal(through('http://r.example.org/', { HTTP_PROXY: '', http_proxy: 'http://b:1' }), 'b:1');
  for (const here of ['localhost:5000', '127.0.0.1:5000', '127.8.8.8', '[::1]:5000', 'r.localhost']) {
    assert.equal(through(`http://${here}/`, env), undefined, here);
  }
});

test('NO_PROXY names hosts, hosts below a name, ports, addresses and ranges', () => {
  const cases: [list: string, direct: string[], proxied: string[]][] = [
    ['*', ['r.example.org', '10.1.1.1'], []],
    ['example.org', ['example.org', 'r.example.org', 'EXAMPLE.org.'], ['badexample.org', 'example.org.evil.test']],
    ['.example.org', ['r.example.org', 'a.r.example.org'], ['example.org']],
    ['*.example.org', ['r.example.org'], ['example.org']],
    ['r.example.org:5000', ['r.example.org:5000', 'a.r.example.org:5000'], ['r.example.org', 'r.example.org:5001']],
    ['r.example.org:443', ['r.example.org'], ['r.example.org:444']],
    ['10.0.0.0/8', ['10.1.2.3:5000'], ['11.0.0.1', 'ten.example.org']],
    ['192.168.7.9', ['192.168.7.9:5000'], ['192.168.7.8', '1.192.168.7.9.example.org']],
    ['192.168.7.9:5000', ['192.168.7.9:5000'], ['192.168.7.9']],
    ['fd00::/8', ['[fd12::1]:5000'], ['[fe80::1]']],
    ['2001:db8::7', ['[2001:db8::7]'], ['[2001:db8::8]']],
    ['[2001:db8::7]:5000', ['[2001:db8::7]:5000'], ['[2001:db8::7]']],
    [' a.test ,, b.test c.test ', ['a.test', 'b.test', 'c.test'], ['d.test']],
    ['10.0.0.0/99, not/a/range, :', [], ['r.example.org']],
  ];
  for (const [list, direct, proxied] of cases) {
    const env = { HTTPS_PROXY: 'http://proxy.test:1', no_proxy: list };
    for (const host of direct) assert.equal(through(`https://${host}/`, env), undefined, `${list}: ${host}`);
    for (const host of proxied) assert.equal(through(`https://${host}/`, env), 'proxy.test:1', `${list}: ${host}`);
  }
});

test('what is no proxy is refused without showing it', () => {
  for (const proxy of ['socks5://user:secret-word@p:1', 'http://user:secret-word@:x:', 'ftp://user:secret-word@p']) {
    assert.throws(
      () => through('http://r.example.org/', { HTTP_PROXY: proxy }),
      (error) => {
        assert.ok(isLadingError(error, 'CONFIGURATION_INVALID'));
        assert.doesNotMatch(JSON.stringify(error), /secret-word/);
        return true;
      },
    );
  }
});
