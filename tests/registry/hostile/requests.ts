// Requests that nobody should send, made of parts that each may be wrong.
import type { Random } from '../../crash/random.ts';
import { anyDigest, anyManifest, type Digests } from './documents.ts';
import type { Ground } from './ground.ts';
import type { Manner } from './wire.ts';

export interface Hostile {
  /** One or several requests. */
  readonly bytes: Buffer;
  /** Of each request. */
  readonly methods: readonly string[];
  readonly manner: Manner;
}

const methods = [
  'GET',
  'GET',
  'HEAD',
  'PUT',
  'PUT',
  'POST',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
];
const names = [
  'open/app',
  'open/app',
  'open/sparse',
  'open/new',
  'public/app',
  'nobody/none',
  'UPPER/Case',
  'a'.repeat(300),
  `${'a/'.repeat(200)}a`,
  'a//b',
  '../open/app',
  'open/../public/app',
  '%2e%2e/open/app',
  'open%2Fapp',
  'open%00/app',
  'open/app%0d%0aX-Evil:%20yes',
  '%ff%fe',
  '%zz',
  '%',
  'é/ü',
  '.',
  '-',
  '_',
  '__proto__',
  'constructor/prototype',
  'open/app/manifests',
  'open/app/blobs/uploads',
  '',
];
const junk = ['', '\0', '%', '%00', '../../etc/passwd', 'x'.repeat(9000), '"', "' OR 1=1 --", '😀', '1e9', '-1', '*'];

export function hostileRequest(random: Random, ground: Ground): Hostile {
  const count = random.chance(0.2) ? 2 + random.below(3) : 1;
  const requests = Array.from({ length: count }, () => oneRequest(random, ground));
  const bytes = Buffer.concat(requests.map((request) => request.bytes));
  if (random.chance(0.04))
    for (let flips = 3; flips > 0; flips--) bytes[random.below(bytes.length)] = random.below(256);
  const manner = random.pick<Manner>(['half closed', 'half closed', 'half closed', 'half closed', 'slowly', 'cut']);
  return { bytes, methods: requests.map(({ method }) => method), manner };
}

function oneRequest(random: Random, ground: Ground): { readonly method: string; readonly bytes: Buffer } {
  const digests: Digests = {
    known: [ground.open.manifest, ground.open.layer],
    hidden: Object.values(ground.digests),
  };
  const method = random.pick(methods);
  const path = anyPath(random, digests);
  const body = anyBody(random, digests, path, method);
  const lines = [
    `${method} ${path}${anyQuery(random, digests)} HTTP/${random.chance(0.97) ? '1.1' : random.pick(['1.0', '2.0', '0.9', 'x'])}`,
    ...(random.chance(0.97) ? ['Host: registry.test'] : []),
    ...anyHeaders(random, ground, digests),
    ...framing(random, body),
    ...(random.chance(0.3) ? ['Connection: close'] : []),
  ];
  return { method, bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]) };
}

function anyPath(random: Random, digests: Digests): string {
  const name = random.pick(names);
  const reference = random.chance(0.5)
    ? random.pick(['latest', 'new', 'a'.repeat(129), '.', '-x', ...junk])
    : anyDigest(random, digests);
  const id = random.pick(['x', 'a.b', `${'f'.repeat(36)}.${'0'.repeat(16)}`, ...junk]);
  const path = random.pick([
    `/v2/${name}/manifests/${reference}`,
    `/v2/${name}/manifests/${reference}`,
    `/v2/${name}/manifests/${reference}`,
    `/v2/${name}/blobs/${reference}`,
    `/v2/${name}/blobs/${reference}`,
    `/v2/${name}/blobs/uploads/`,
    `/v2/${name}/blobs/uploads/`,
    `/v2/${name}/blobs/uploads/${id}`,
    `/v2/${name}/tags/list`,
    `/v2/${name}/referrers/${reference}`,
    '/v2/_catalog',
    '/v2/',
    '/v2',
    '/auth/token',
    '/auth/login',
    '/auth/callback',
    `/api/v1/${random.pick(apiPaths)}`,
    `/api/v1/repositories/${encodeURIComponent(name)}/tags/${encodeURIComponent(reference)}`,
    random.pick(['/', '*', '//v2/', '/v2/..', '/metrics', '/healthz', '/readyz', 'http://evil.test/v2/', '/v2/%', '']),
  ]);
  // What cannot stand in a request line would only be one more way to break it.
  return random.chance(0.95) ? path.replaceAll(/[\0\r\n ]/g, (found) => encodeURIComponent(found)) : path;
}

const apiPaths = [
  'repositories',
  'repositories/open%2Fapp',
  'repositories/open%2Fapp/tags',
  'repositories/%00',
  'robots',
  'robots/x/rotate',
  'jobs',
  'jobs/gc/runs',
  'jobs/runs/x',
  'trash',
  'trash/restore',
  'purges',
  'quarantine',
  'deprecations',
  'policies',
  'audit',
  'storage',
  'webhooks',
  'replication',
  'upstreams',
  'openapi.json',
  '__proto__',
];

function anyQuery(random: Random, digests: Digests): string {
  if (random.chance(0.4)) return '';
  const one = (): string => {
    const value = random.chance(0.5)
      ? anyDigest(random, digests)
      : random.pick([...junk, '0', '5', 'open/app', 'public/app']);
    const key = random.pick([
      'n',
      'last',
      'digest',
      'mount',
      'from',
      'tag',
      'artifactType',
      'scope',
      'service',
      'limit',
      '',
    ]);
    const text = random.chance(0.8) ? encodeURIComponent(value) : value.replaceAll(/[\s\0]/g, '+');
    return `${key}=${text}`;
  };
  const count = random.chance(0.03) ? 1500 : 1 + random.below(4);
  // Node takes 16 KiB of a head by default.
  return `?${Array.from({ length: count }, () => (count > 10 ? 'tag=a' : one())).join('&')}`;
}

function anyHeaders(random: Random, ground: Ground, digests: Digests): string[] {
  const { eve, token } = ground.credentials;
  const flipped = `${token.slice(0, -8)}${token.slice(-8).split('').reverse().join('')}`;
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  const forged = Buffer.from('{"sub":"user:owner","exp":9999999999,"iss":"x"}').toString('base64url');
  const authorization = random.pick([
    eve,
    eve,
    eve,
    eve,
    token,
    '',
    flipped,
    `Bearer ${none}.${forged}.`,
    `Bearer ${token.split('.')[0]?.slice(7)}.${forged}.${token.split('.')[2]}`,
    'Bearer',
    'Bearer ..',
    `Bearer ${'x'.repeat(8000)}`,
    'Basic',
    'Basic !!!',
    `Basic ${Buffer.from('owner:wrong').toString('base64')}`,
    `Basic ${Buffer.from('nocolon').toString('base64')}`,
    `Basic ${Buffer.from(':\0').toString('base64')}`,
    `Basic ${Buffer.from(`${'u'.repeat(4000)}:p`).toString('base64')}`,
    'Digest x',
  ]);
  const ranges = [
    'bytes=0-0',
    'bytes=5-',
    'bytes=-5',
    'bytes=9-3',
    'bytes=0-99999999999999999999',
    'bytes=0-1,2-3',
    'x',
  ];
  const contentRanges = [
    '0-4',
    '5-9',
    '0-',
    '4-0',
    'bytes 0-4/5',
    '99999999999999999999-99999999999999999999',
    '-1-4',
    'x',
  ];
  const tags = ['*', `"${anyDigest(random, digests)}"`, 'W/"x"', '""', `${'"a",'.repeat(500)}"b"`];
  const headers = [
    ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
    ...(random.chance(0.2) ? [`Range: ${random.pick(ranges)}`] : []),
    ...(random.chance(0.2) ? [`Content-Range: ${random.pick(contentRanges)}`] : []),
    ...(random.chance(0.15) ? [`If-Match: ${random.pick(tags)}`] : []),
    ...(random.chance(0.15) ? [`If-None-Match: ${random.pick(tags)}`] : []),
    ...(random.chance(0.1) ? [`If-Range: ${random.pick(tags)}`] : []),
    ...(random.chance(0.6) ? [`Content-Type: ${random.pick(contentTypes)}`] : []),
    ...(random.chance(0.2) ? ['Accept: application/json, */*;q=0.1'] : []),
    ...(random.chance(0.05) ? ['Expect: 100-continue'] : []),
    ...(random.chance(0.02) ? ['Expect: a miracle'] : []),
    ...(random.chance(0.03) ? ['Upgrade: websocket', 'Connection: Upgrade'] : []),
    ...(random.chance(0.03)
      ? ['X-Forwarded-For: 1.2.3.4, evil', 'X-Forwarded-Proto: javascript', 'Forwarded: for=x']
      : []),
    ...(random.chance(0.03) ? [`X-Huge: ${'h'.repeat(20_000)}`] : []),
    ...(random.chance(0.03) ? Array.from({ length: 1200 }, (_, at) => `X-${at}: y`) : []),
    ...(random.chance(0.03) ? ['Authorization: Basic eA==', 'Content-Type: text/plain', 'Host: other.test'] : []),
    ...(random.chance(0.02) ? ['Bad Header: x'] : []),
    ...(random.chance(0.02) ? ['X-Nul: a\0b'] : []),
    ...(random.chance(0.02) ? ['X-Fold: a', ' folded'] : []),
    ...(random.chance(0.03) ? ['traceparent: 00-zz-zz-zz', 'X-Request-Id: \x7f'] : []),
  ];
  return headers;
}

const contentTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/vnd.docker.distribution.manifest.v2+json; charset=utf-8',
  'application/x-www-form-urlencoded',
  'application/json',
  'application/octet-stream',
  '',
  'a/b'.repeat(500),
  '__proto__',
];

function anyBody(random: Random, digests: Digests, path: string, method: string): Buffer {
  if (method === 'GET' || method === 'HEAD') return random.chance(0.95) ? Buffer.alloc(0) : Buffer.from('unasked');
  if (path.includes('/manifests/')) return anyManifest(random, digests);
  if (path.includes('/auth/')) {
    return Buffer.from(
      random.pick([
        'grant_type=password&username=eve&password=secret+of+eve&service=x&scope=repository:open/app:*',
        'grant_type=refresh_token&refresh_token=x',
        'grant_type=__proto__',
        `scope=${'a+'.repeat(20_000)}`,
        `scope=${'repository:open/app:pull+'.repeat(2000)}`,
        '%ff%fe=%zz&&&=',
        'x'.repeat(100_000),
      ]),
    );
  }
  if (path.includes('/api/')) return anyManifest(random, digests);
  return Buffer.from(random.pick(['', 'a layer of eve', 'x', 'y'.repeat(100_000), 'z'.repeat(2_000_000)]));
}

/** What the head says of the body, which may be a lie. */
function framing(random: Random, body: Buffer): string[] {
  if (body.length === 0 && random.chance(0.7)) return [];
  if (random.chance(0.85)) return [`Content-Length: ${body.length}`];
  return random.pick([
    [`Content-Length: ${body.length + 10}`],
    [`Content-Length: ${Math.max(0, body.length - 5)}`],
    ['Content-Length: -1'],
    ['Content-Length: 1e3'],
    ['Content-Length: 99999999999999999999'],
    [`Content-Length: ${2 ** 53}`],
    [`Content-Length: ${body.length}`, 'Content-Length: 3'],
    ['Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', `Content-Length: ${body.length}`],
    ['Transfer-Encoding: gzip, chunked'],
    ['Transfer-Encoding: xchunked'],
    [],
  ]);
}
