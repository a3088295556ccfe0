import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, isLongRun, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { catalogFolder } from '../../testing/cataloged-folder.ts';
import { trivyPackages } from '../../testing/trivy.ts';
import { phpCataloger } from './cataloger.ts';

const libraries = [
  { name: 'acme/alpha', version: 'v1.2.3', license: 'MIT', require: { 'acme/beta': '^2.0' } },
  { name: 'acme/beta', version: '2.5.0-beta1', license: ['Apache-2.0', 'GPL-2.0-only'] },
  { name: 'acme/gamma', version: 'dev-feature' },
];

test('what Composer installed is what Composer shows, and what Trivy finds', async (t) => {
  if (!isLongRun(t)) return;
  const composer = findProgram('composer');
  if (!skipUnless(t, composer !== undefined, 'no composer') || composer === undefined) return;
  const folder = await temporaryFolder(t);
  const scratch = await temporaryFolder(t);
  for (const library of libraries) {
    await mkdir(join(scratch, library.name), { recursive: true });
    await writeFile(join(scratch, library.name, 'composer.json'), JSON.stringify(library));
  }
  const application = {
    name: 'acme/app',
    repositories: [
      { packagist: false },
      ...libraries.map(({ name }) => ({ type: 'path', url: join(scratch, name), options: { symlink: false } })),
    ],
    'minimum-stability': 'dev',
    require: { 'acme/alpha': '*' },
    'require-dev': { 'acme/gamma': '*' },
  };
  await writeFile(join(folder, 'composer.json'), JSON.stringify(application));
  const env = { ...process.env, COMPOSER_HOME: scratch, COMPOSER_ALLOW_SUPERUSER: '1', COMPOSER_DISABLE_NETWORK: '1' };
  const installed = await runProgram(composer, ['install', '--quiet', '--no-interaction'], { cwd: folder, env });
  assert.equal(installed.code, 0, installed.stderr);
  const { stdout } = await runProgram(composer, ['show', '--format=json'], { cwd: folder, env });
  const shown = (JSON.parse(stdout) as { installed: { name: string; version: string }[] }).installed;
  assert.equal(shown.length, libraries.length);

  const { packages, warnings } = await catalogFolder(folder, [phpCataloger]);
  assert.deepEqual(warnings, []);
  const ours = packages.map(({ namespace, name, version }) => `${namespace}/${name}@${version}`);
  assert.deepEqual(ours.sort(), shown.map(nameOf).sort());

  const theirs = await trivyPackages(folder, 'composer', scratch);
  if (theirs === undefined) return t.diagnostic('not held against Trivy: there is none');
  assert.deepEqual(theirs.map(nameOf).sort(), ours);
});

/** Both show versions as they were tagged. */
function nameOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version.replace(/^v/, '')}`;
}
