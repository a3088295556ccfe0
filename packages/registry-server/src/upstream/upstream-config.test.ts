import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRegistryConfig } from '../config/registry-config.ts';

test('upstreams and replication rules are read with their usual values, and paths behind hosts', async () => {
  const { upstreams, replication } = await parseRegistryConfig(
    `upstreams:
  - {prefix: hub, url: docker.io, credentials: {username: me, password: {env: SECRET}}}
  - {url: "http://registry.example.org:5000/their/team/", repositories: [app], fresh: 1h, absent: 5s}
replication:
  - {name: a, direction: push, url: "https://b.example.org", schedule: on-event, bandwidth: 50MB, prefix: mirror}
  - {name: b, direction: pull, url: b.example.org, schedule: "*/5 * * * *", tags: [v*], referrers: false, deletions: true}
`,
    { env: { SECRET: 's3cret' } },
  );
  const [hub, team] = upstreams;
  assert.deepEqual([hub?.registry, hub?.path, hub?.plainHttp, hub?.freshMs], ['docker.io', '', undefined, 300_000]);
  assert.equal(hub?.credentials?.password?.reveal(), 's3cret');
  assert.deepEqual(
    [team?.prefix, team?.registry, team?.path, team?.plainHttp, team?.freshMs],
    ['', 'registry.example.org:5000', 'their/team/', true, 3_600_000],
  );
  const [push, pull] = replication;
  assert.deepEqual(
    [push?.onEvent, push?.schedule, push?.bytesPerSecond, push?.prefix, push?.referrers],
    [true, undefined, 50_000_000, 'mirror/', true],
  );
  assert.deepEqual(
    [pull?.schedule, pull?.tags, pull?.referrers, pull?.deletions],
    ['*/5 * * * *', ['v*'], false, true],
  );
  assert.equal(JSON.stringify(upstreams).includes('s3cret'), false);
});

const faults: readonly (readonly [text: string, message: RegExp])[] = [
  [
    'upstreams:\n  - {prefix: hub/, url: docker.io}',
    /:2:14: upstreams\[0\]\.prefix: it must be the start of repository names/,
  ],
  ['upstreams:\n  - {prefix: hub}', /:2:5: upstreams\[0\]: url is missing/],
  ['upstreams:\n  - {url: "ftp://x"}', /:2:11: upstreams\[0\]\.url: it must be a registry such as/],
  ['upstreams:\n  - {url: a}\n  - {url: b}', /:3:5: upstreams\[1\]: there is another upstream for the prefix ""/],
  [
    'upstreams:\n  - {url: a, repositories: ["A"]}',
    /upstreams\[0\]\.repositories\[0\]: the pattern "A" has characters/,
  ],
  [
    'upstreams:\n  - {url: a, credentials: {username: me, password: plain}}',
    /upstreams\[0\]\.credentials\.password: it must be a reference to a secret/,
  ],
  [
    'replication:\n  - {name: a, direction: pull, url: b, schedule: on-event}',
    /replication\[0\]\.schedule: nothing tells what happens at the other registry/,
  ],
  [
    'replication:\n  - {name: a, direction: push, url: b, schedule: often}',
    /replication\[0\]\.schedule: "often" is no cron/,
  ],
  ['replication:\n  - {name: a, direction: both, url: b}', /replication\[0\]\.direction: it must be one of push, pull/],
];

test('what is wrong in upstreams and replication is named with its place', async () => {
  for (const [text, message] of faults) {
    await assert.rejects(parseRegistryConfig(text), { code: 'CONFIGURATION_INVALID', message }, text);
  }
});
