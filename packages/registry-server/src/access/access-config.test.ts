import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { checkSchema } from '../config/check-schema.ts';
import { parseConfigText } from '../config/config-source.ts';
import { type AccessConfig, accessSection } from './access-config.ts';

async function parse(text: string): Promise<AccessConfig | undefined> {
  const { value, source } = parseConfigText(text, {
    name: 'registry.yaml',
    folder: '/etc/lading',
    env: { SECRET: 's' },
  });
  const own = (value as { access?: unknown }).access;
  checkSchema(accessSection.schema, own, ['access'], source);
  return accessSection.parse(own, source);
}

test('a whole section is understood', async () => {
  const config = await parse(`
access:
  service: registry.example.org
  htpasswd: htpasswd
  groups: { dev: ['user:ann', 'person:*@example.org'] }
  grants:
    - { to: group:dev, repositories: [team/**, lib-*], role: writer }
    - { to: [everyone], repositories: public/**, actions: [pull] }
  tokens: { lifetime: 30m, refresh: 7d }
  login: { issuer: https://id.example.org, client-id: registry, client-secret: { env: SECRET } }
  workloads:
    - name: ci
      issuer: https://token.example.org
      rules: [{ claims: { repository: "org/*" }, repositories: org/**, actions: [pull, push] }]
  certificates:
    - { san: "URI:spiffe://example.org/*", grants: [{ repositories: '**', role: reader }] }
  limits:
    - { to: anonymous, requests: 50/s, pulls: 200/6h }
    - { to: group:dev, requests: 5/s }
`);
  assert.equal(config?.service, 'registry.example.org');
  assert.equal(config?.htpasswd, '/etc/lading/htpasswd');
  assert.deepEqual(config?.grants[0], {
    to: ['group:dev'],
    repositories: ['team/**', 'lib-*'],
    actions: ['pull', 'push'],
  });
  assert.equal(config?.tokens.lifetimeMs, 1_800_000);
  assert.equal(config?.login?.clientSecret?.reveal(), 's');
  assert.equal(config?.workloads[0]?.audience, undefined);
  assert.deepEqual(config?.workloads[0]?.rules[0]?.grants, [{ repositories: 'org/**', actions: ['pull', 'push'] }]);
  assert.equal(config?.certificates[0]?.name, 'san');
  assert.deepEqual(config?.limits[0]?.pulls, { count: 200, perMs: 21_600_000 });
  assert.deepEqual(config?.limits[1]?.to, ['user:ann', 'person:*@example.org']);
});

test('what cannot be meant is refused with its place', async () => {
  for (const [text, expected] of [
    [
      'access: { grants: [{ to: dev, repositories: a, role: reader }] }',
      /registry\.yaml:1:.*grants\[0\]\.to: "dev" is nobody/,
    ],
    [
      'access: { grants: [{ to: everyone, repositories: "a**", role: reader }] }',
      /the pattern "a\*\*" has "\*\*" beside/,
    ],
    ['access: { grants: [{ to: everyone, repositories: a }] }', /either a role or actions/],
    ['access: { grants: [{ to: everyone, repositories: a, role: king }] }', /role/],
    ['access: { tokens: { lifetime: 5s } }', /a minute or more/],
    ['access: { service: "a\\"b" }', /a name such as/],
    ['access: { login: { issuer: "http://id.example.org", client-id: x } }', /it must be an https URL/],
    [
      'access: { workloads: [{ name: ci, issuer: "https://x.example.org", rules: [{ claims: {}, repositories: a, role: reader }] }] }',
      /let in every token/,
    ],
    ['access: { certificates: [{}] }', /needs a subject or a san/],
    ['access: { limits: [{ to: everyone, requests: many }] }', /50\/s/],
    [
      'access: { groups: { maintainers: ["user:ann"] }, grants: [{ to: "group:maintainer", repositories: a, role: reader }] }',
      /no group "maintainer".*Did you mean group:maintainers/,
    ],
    ['access: { groups: { a: ["group:b"], b: [] } }', /groups\.a: "group:b" is a group/],
    ['access: { limits: [{ to: "group:a", requests: 5/s }] }', /no group "a"/],
    ['access: { htpaswd: x }', /Did you mean|no such key/],
  ] as const) {
    await assert.rejects(parse(text), (error) => {
      assert.ok(isLadingError(error, 'CONFIGURATION_INVALID'), String(error));
      assert.match(`${error.message} ${error.hint ?? ''}`, expected);
      return true;
    });
  }
});
