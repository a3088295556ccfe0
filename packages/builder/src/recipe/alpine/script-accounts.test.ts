import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addScriptAccounts } from './script-accounts.ts';

const base = {
  users: [{ name: 'root', uid: 0, gid: 0, comment: 'root', home: '/root', shell: '/bin/sh' }],
  groups: [
    { name: 'root', gid: 0, members: [] },
    { name: 'users', gid: 100, members: [] },
    { name: 'www-data', gid: 82, members: [] },
  ],
};

function added(script: string): { users: string[]; groups: string[]; homes: string[] } {
  const { users, groups, homes } = addScriptAccounts(base, [script]);
  return {
    users: users
      .slice(1)
      .map(({ name, uid, gid, comment, home, shell }) => [name, uid, gid, comment, home, shell].join(':')),
    groups: groups.slice(2).map(({ name, gid, members }) => `${name}:${gid}:${members.join(',')}`),
    homes: homes.map(({ home }) => home),
  };
}

test('accounts of scripts get the numbers that busybox would give them', () => {
  const made = added(`#!/bin/sh
addgroup -S web 2>/dev/null
adduser -S -D -H -h /var/lib/web -s /sbin/nologin -G web -g "Web server" web 2>/dev/null || true
addgroup web www-data; addgroup web www-data
adduser -SDu 70 -h /var/lib/db -s /bin/sh -g "Database" db
if ! adduser -S alone; then exit 1; fi
`);
  assert.deepEqual(made, {
    users: [
      'web:100:101:Web server:/var/lib/web:/sbin/nologin',
      'db:70:70:Database:/var/lib/db:/bin/sh',
      'alone:102:102::/home/alone:/bin/false',
    ],
    groups: ['www-data:82:web', 'web:101:', 'db:70:', 'alone:102:'],
    homes: ['/var/lib/db', '/home/alone'],
  });
});

test('what a shell would have to work out, and accounts that are there, are left alone', () => {
  const made = added(`
user=web
adduser -S $user
addgroup -S \`cat name\`
echo adduser -S shown
# adduser -S commented
adduser -S -G absent lost
adduser -S "a:b"
addgroup -S users
`);
  assert.deepEqual(made, { users: [], groups: ['www-data:82:'], homes: [] });
});
