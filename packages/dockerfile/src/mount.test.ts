import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { parseMount } from './mount.ts';

test('parseMount() reads every type with its defaults', () => {
  const cases: [string, object][] = [
    ['target=/x', { type: 'bind', target: '/x', readOnly: true }],
    [
      'type=bind,rw,from=build,src=/a,dst=/b',
      { type: 'bind', from: 'build', source: '/a', target: '/b', readOnly: false },
    ],
    [
      'type=cache,id=apt,target=/var,sharing=locked,mode=0755,uid=1,gid=2',
      { type: 'cache', id: 'apt', target: '/var', sharing: 'locked', mode: 0o755, uid: 1, gid: 2, readOnly: false },
    ],
    ['TYPE=Cache,target=/c,readonly', { type: 'cache', target: '/c', readOnly: true }],
    ['type=tmpfs,target=/t,size=1.5g', { type: 'tmpfs', target: '/t', sizeBytes: 1.5 * 2 ** 30, readOnly: false }],
    ['type=secret,id=key,required,env=KEY', { type: 'secret', id: 'key', required: true, env: 'KEY', readOnly: true }],
    ['type=ssh,required=false', { type: 'ssh', readOnly: true }],
    ['type=bind,"source=a,b",target=/x,ro=false', { type: 'bind', source: 'a,b', target: '/x', readOnly: false }],
  ];
  for (const [text, expected] of cases)
    assert.deepEqual(parseMount(text), { text, required: false, ...expected }, text);
});

test('parseMount() waits for variables and reads them when they are known', () => {
  const text = 'type=$T,target=/$U,uid=$U,sharing=$S';
  assert.deepEqual(parseMount(text), { text, type: 'bind', target: '/$U', readOnly: true, required: false });
  const values: Record<string, string> = { T: 'cache', U: '7', S: 'private' };
  const mount = parseMount(text, (value) => value.replace(/\$(\w)/g, (_, name: string) => values[name] ?? ''));
  assert.deepEqual(mount, {
    text,
    type: 'cache',
    target: '/7',
    uid: 7,
    sharing: 'private',
    readOnly: false,
    required: false,
  });
});

test('parseMount() refuses what makes no sense, with a way out', () => {
  const cases: [string, RegExp, RegExp][] = [
    ['type=cahce', /type of --mount/, /Did you mean cache/],
    ['tpye=cache', /no key "tpye"/, /Did you mean type/],
    ['target', /needs a value/, /target=/],
    ['type=cache,sharing=none', /sharing/, /shared/],
    ['type=bind,uid=1', /uid .* type bind/, /cache/],
    ['type=cache,size=1g', /size/, /tmpfs/],
    ['type=cache,required', /required/, /secret/],
    ['type=secret', /names no secret/, /id=/],
    ['type=secret,id=a,source=b', /both source and id/, /id=/],
    ['type=secret,id=a,from=b', /no from/, /./],
    ['from=$BASE', /no variables/, /AS name/],
    ['type=cache,mode=9', /octal/, /0400/],
    ['"a', /quote/, /./],
    ['type=tmpfs,size=big', /size/, /64m/],
  ];
  for (const [text, message, hint] of cases) {
    assert.throws(
      () => parseMount(text),
      (error) =>
        isLadingError(error, 'DOCKERFILE_INVALID') && message.test(error.message) && hint.test(error.hint ?? ''),
      text,
    );
  }
});
