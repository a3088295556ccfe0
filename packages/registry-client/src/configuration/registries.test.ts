import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { loadRegistries } from './load-registries.ts';
import type { Machine } from './machine.ts';
import { parseRegistries } from './parse-registries.ts';
import { placeOf, ruleOf } from './registry-rule.ts';

const parse = (text: string): ReturnType<typeof parseRegistries> => parseRegistries(text, '/conf', { version1: true });

test('the rule of the longest prefix counts, by whole parts of the name', async () => {
  const { rules } = await parse(`
[[registry]]
prefix = "*.example.org"
[[registry]]
location = "r.example.org"
[[registry]]
location = "r.example.org/team/"
[[registry]]
location = "r.example.org:5000/team"
`);
  const prefixOf = (name: string): string | undefined => ruleOf({ rules, credentialHelpers: [] }, name)?.prefix;
  assert.equal(prefixOf('r.example.org/other'), 'r.example.org');
  assert.equal(prefixOf('r.example.org/team/app'), 'r.example.org/team');
  assert.equal(prefixOf('r.example.org/team'), 'r.example.org/team');
  assert.equal(prefixOf('r.example.org/teams'), 'r.example.org');
  assert.equal(prefixOf('r.example.org:5000/team/app'), 'r.example.org:5000/team');
  assert.equal(prefixOf('r.example.org:5001/team/app'), '*.example.org');
  assert.equal(prefixOf('a.b.example.org/app'), '*.example.org');
  assert.equal(prefixOf('example.org/app'), undefined);
  assert.equal(prefixOf('q.test/a.example.org/app'), undefined);
});

test('what follows the prefix follows the location', () => {
  const place = (name: string, prefix: string, location: string): string => {
    const { registry, repository } = placeOf(name, prefix, location);
    return `${registry} ${repository}`;
  };
  assert.equal(place('r.test/foo/app', 'r.test/foo', 'in.test:5000/bar'), 'in.test:5000 bar/app');
  assert.equal(place('r.test/foo/app', 'r.test', 'in.test'), 'in.test foo/app');
  assert.equal(place('r.test/foo', 'r.test/foo', 'in.test/a/b'), 'in.test a/b');
  assert.equal(place('a.r.test/app', '*.r.test', ''), 'a.r.test app');
  assert.equal(place('a.r.test/app', '*.r.test', 'in.test/all'), 'in.test all/app');
  assert.throws(
    () => placeOf('r.test/app', 'r.test', '/nowhere'),
    (error) => isLadingError(error, 'CONFIGURATION_INVALID'),
  );
});

test('a rule has what its table says, and nothing is taken from names without a registry', async () => {
  const { rules, credentialHelpers } = await parse(`
unqualified-search-registries = ["docker.io"]
short-name-mode = "enforcing"
credential-helpers = ["secretservice"]
[aliases]
"app" = "r.test/team/app"
[[registry]]
prefix = "r.test"
location = "in.test/r"
insecure = true
unknown = { of = "later versions" }
[[registry.mirror]]
location = "m.test"
insecure = true
pull-from-mirror = "tag-only"
[[registry]]
location = "r.test"
blocked = true
[[registry]]
location = "d.test"
mirror-by-digest-only = true
[[registry.mirror]]
location = "m.test/d"
`);
  assert.deepEqual(credentialHelpers, ['secretservice']);
  assert.deepEqual(rules, [
    {
      prefix: 'r.test',
      location: 'in.test/r',
      insecure: true,
      blocked: false,
      mirrors: [{ location: 'm.test', insecure: true, pulls: 'tag-only' }],
    },
    {
      prefix: 'd.test',
      location: 'd.test',
      insecure: false,
      blocked: false,
      mirrors: [{ location: 'm.test/d', insecure: false, pulls: 'digest-only' }],
    },
  ]);
});

test('comments and short names say nothing about registries, and anything else is read', async () => {
  const nothing = '# registry\n\n[aliases]\n  # one\n  "app" = "r.test/app"\r\n"b"="r.test/b" # two\n';
  assert.deepEqual(await parse(nothing), { rules: [], credentialHelpers: undefined });
  for (const more of [
    '[[registry]]\nlocation = "r.test"',
    ' [[ registry ]]\nlocation = "r.test"',
    'registry = [{location = "r.test"}]',
  ]) {
    assert.equal((await parse(`${more}\n${nothing}`)).rules.length, 1, more);
  }
});

test('version 1 still says which registries are insecure and blocked', async () => {
  const text = `[registries.search]\nregistries = ["a.test"]\n[registries.insecure]\nregistries = ["b.test", "c.test"]\n[registries.block]\nregistries = ["c.test"]\n`;
  const { rules } = await parse(text);
  assert.deepEqual(
    rules.map(({ prefix, insecure, blocked }) => [prefix, insecure, blocked]),
    [
      ['b.test', true, false],
      ['c.test', true, true],
    ],
  );
  await assert.rejects(parseRegistries(text, '/conf'), /version 1/);
});

test('a file that contradicts itself is refused, with its path and what is wrong', async () => {
  const cases: [text: string, message: RegExp][] = [
    ['[[registry]', /\/conf: it is not TOML at line 1, column \d+$/],
    ['[[registry]]\nblocked = true', /neither prefix nor location/],
    ['[[registry]]\nprefix = "r.test"', /"r\.test" has no location/],
    ['[[registry]]\nprefix = "*.r.test/x"', /more than a host/],
    ['[[registry]]\nlocation = "https://r.test"', /starts with a scheme/],
    ['[[registry]]\nlocation = 7', /location is not a text/],
    ['[[registry]]\nlocation = "r.test"\nblocked = "yes"', /blocked is neither true nor false/],
    ['[[registry]]\nlocation = "r.test"\npull-from-mirror = "all"', /is for its mirrors/],
    [
      '[[registry]]\nlocation = "r.test"\n[[registry.mirror]]\ninsecure = true',
      /a mirror of "r\.test" has no location/,
    ],
    [
      '[[registry]]\nlocation = "r.test"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m"\npull-from-mirror = "all"',
      /and its mirror m pull-from-mirror/,
    ],
    [
      '[[registry]]\nlocation = "r.test"\n[[registry.mirror]]\nlocation = "m"\npull-from-mirror = "some"',
      /neither all, digest-only nor tag-only/,
    ],
    ['registry = "r.test"', /registry is not a list of tables/],
    ['credential-helpers = "one"', /not a list of texts/],
    ['[registries.block]\nregistries = []\n[[registry]]\nlocation = "r.test"', /version 1/],
  ];
  for (const [text, message] of cases) {
    await assert.rejects(parse(text), (error) => {
      assert.ok(isLadingError(error, 'CONFIGURATION_INVALID'), String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

test('the file that is named, else the user’s, else the system’s; then the drop-ins, later over earlier', async (t) => {
  const { machine, write } = await place(t);
  const locations = async (more: NodeJS.ProcessEnv = {}): Promise<string[]> => {
    const { rules } = await loadRegistries({ ...machine, env: { ...machine.env, ...more } });
    return rules.map(({ prefix, location }) => (prefix === location ? prefix : `${prefix}=${location}`));
  };
  const rule = (prefix: string, location = prefix): string =>
    `[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"\n`;
  assert.deepEqual(await locations(), []);
  await write('root/etc/containers/registries.conf', rule('system') + rule('both', 'a'));
  await write('root/etc/containers/registries.conf.d/20-b.conf', rule('both', 'c'));
  await write('root/etc/containers/registries.conf.d/10-a.conf', rule('both', 'b') + rule('dropped'));
  await write('root/etc/containers/registries.conf.d/ignored.toml', 'no TOML');
  assert.deepEqual(await locations(), ['system', 'both=c', 'dropped']);
  await write('home/.config/containers/registries.conf.d/own.conf', rule('both', 'd'));
  assert.deepEqual(await locations(), ['system', 'both=d', 'dropped']);
  const named = await write('named.conf', rule('named'));
  assert.deepEqual(await locations({ CONTAINERS_REGISTRIES_CONF: named }), ['named', 'both=d', 'dropped']);
  await write('home/.config/containers/registries.conf', rule('user'));
  assert.deepEqual(await locations(), ['user', 'both=d'], 'the system says nothing more');
  await assert.rejects(locations({ CONTAINERS_REGISTRIES_CONF: '/nowhere.conf' }), (error) => {
    assert.ok(isLadingError(error, 'CONFIGURATION_INVALID'));
    assert.match(error.message, /it is not there/);
    return true;
  });
});

async function place(
  t: TestContext,
): Promise<{ machine: Machine; write: (path: string, text: string) => Promise<string> }> {
  const folder = await temporaryFolder(t);
  return {
    machine: { env: { HOME: join(folder, 'home') }, root: join(folder, 'root') },
    async write(path, text) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
      return join(folder, path);
    },
  };
}
