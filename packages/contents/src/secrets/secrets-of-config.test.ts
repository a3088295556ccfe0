import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageConfig } from '@lading/oci';
import { exampleText } from './example-text.ts';
import { secretsOfConfig } from './secrets-of-config.ts';

function config(more: Partial<ImageConfig>): ImageConfig {
  return { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] }, ...more };
}

const told = (more: Partial<ImageConfig>): string[] =>
  secretsOfConfig(config(more)).map(({ place, location, rule }) => `${place} ${location} ${rule}`);

const github = exampleText('ghp_{alnum:36}');
const password = exampleText('a7{alnum:10}');

test('secrets are found in variables, labels, and the history with its build arguments', () => {
  assert.deepEqual(told({ config: { Env: [`GITHUB_TOKEN=${github}`, `DB_PASSWORD=${password}`, 'PATH=/bin'] } }), [
    'env config.Env.GITHUB_TOKEN github-pat',
    'env config.Env.DB_PASSWORD secret-variable',
  ]);
  assert.deepEqual(told({ config: { Labels: { 'org.example.token': github } } }), [
    'label config.Labels.org.example.token github-pat',
  ]);
  assert.deepEqual(
    told({
      history: [
        { created_by: 'COPY . .' },
        { created_by: `RUN |2 NPM_TOKEN=${password} USER=app /bin/sh -c npm ci # buildkit` },
        { created_by: `RUN git clone https://deploy:${password}@git.example.org/a.git` },
        { created_by: `/bin/sh -c #(nop)  ENV API_KEY="${password}"` },
      ],
    }),
    ['history history[1] secret-variable', 'history history[2] url-password'],
    'the variable of the last has the same value as the first',
  );
});

test('a variable that the history shows as well is told once', () => {
  const Env = [`DB_PASSWORD=${password}`];
  assert.equal(told({ config: { Env }, history: [{ created_by: `ENV DB_PASSWORD=${password}` }] }).length, 1);
});

test('what only names a secret is left alone', () => {
  const Env = [
    'PASSWORD_FILE=/run/secrets/db',
    'DB_PASSWORD=/run/secrets/db',
    exampleText('GPG_KEY={HEX:40}'),
    'POSTGRES_PASSWORD=postgres',
    'TOKEN=',
    'SECRET_KEY=change-me',
    'API_TOKEN=<your token>',
  ];
  const history = [
    { created_by: 'RUN /bin/sh -c test -n "$NPM_TOKEN" && npm ci' },
    { created_by: 'ARG NPM_TOKEN' },
    { created_by: exampleText('ENV MYSQL_PASSWORD={ref:PASSWORD}') },
  ];
  assert.deepEqual(told({ config: { Env }, history }), []);
});

test('no output holds the value', () => {
  const Env = [`GITHUB_TOKEN=${github}`, `DB_PASSWORD=${password}`, `URL=postgres://app:${password}@db/app`];
  const output = JSON.stringify(
    secretsOfConfig(config({ config: { Env }, history: [{ created_by: `RUN x ${github}` }] })),
  );
  assert.ok(!output.includes(password) && !output.includes(github.slice(6)));
});
