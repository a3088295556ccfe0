import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { normalizePypiName } from '@lading/distro';
import { findProgram, isLongRun, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { catalogFolder } from '../../testing/cataloged-folder.ts';
import { trivyPackages } from '../../testing/trivy.ts';
import { pythonCataloger } from './cataloger.ts';

/** Names in capitals, with dots and underscores; licenses in every field. */
const packages = ['flask', 'requests', 'PyYAML', 'zope.interface', 'ruamel.yaml', 'jupyterlab_pygments', 'setuptools'];

test('the distributions in an environment of Python are those that pip lists, and those that Trivy finds', async (t) => {
  const python = findProgram('python3');
  if (!isLongRun(t) || !skipUnless(t, python !== undefined, 'no python3')) return;
  const folder = await temporaryFolder(t);
  const scratch = await temporaryFolder(t);
  const made = await runProgram(python!, ['-m', 'venv', '--copies', folder]);
  if (!skipUnless(t, made.code === 0, `no python3 with venv: ${made.stderr}`)) return;
  const pip = join(folder, 'bin/pip');
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-cache-dir', '--only-binary=:all:'];
  const installed = await runProgram(pip, ['install', ...quiet, ...packages], { timeoutMs: 180_000 });
  assert.equal(installed.code, 0, installed.stderr);
  const { stdout } = await runProgram(pip, ['list', '--format', 'json', '--disable-pip-version-check']);
  const listed = (JSON.parse(stdout) as { name: string; version: string }[]).map(nameOf);

  const { packages: found, warnings } = await catalogFolder(folder, [pythonCataloger]);
  assert.deepEqual(warnings, []);
  const own = found.filter(({ location }) => !location.includes('/_vendor/'));
  assert.deepEqual(own.map(nameOf).sort(), listed.sort());

  const theirs = await trivyPackages(folder, 'pypi', scratch);
  if (theirs === undefined) return t.diagnostic('not held against Trivy: there is none');
  // With what setuptools vendors, as Trivy has it.
  assert.deepEqual([...new Set(theirs.map(nameOf))].sort(), [...new Set(found.map(nameOf))].sort());
});

function nameOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${normalizePypiName(name)}@${version}`;
}
