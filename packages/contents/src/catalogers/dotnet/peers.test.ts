import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findProgram, isLongRun, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { catalogFolder } from '../../testing/cataloged-folder.ts';
import { trivyPackages } from '../../testing/trivy.ts';
import { dotnetCataloger } from './cataloger.ts';

test('a library and a shared framework as Microsoft built them, inside packages of Python, have the packages that Trivy finds', async (t) => {
  const pip = findProgram('pip3') ?? findProgram('pip');
  if (!isLongRun(t) || !skipUnless(t, pip !== undefined, 'no pip')) return;
  const folder = await temporaryFolder(t);
  const scratch = await temporaryFolder(t);
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps', '--only-binary=:all:'];
  const installed = await runProgram(pip!, ['install', ...quiet, '--target', folder, 'pythonnet', 'dotnetcore2'], {
    timeoutMs: 180_000,
  });
  assert.equal(installed.code, 0, installed.stderr);
  const { packages, warnings } = await catalogFolder(folder, [dotnetCataloger]);
  assert.deepEqual(warnings, []);
  const ours = new Set(packages.map(({ name, version }) => `${name}@${version}`));
  assert(packages.some(({ name, role }) => name === 'Python.Runtime' && role === 'main'));
  assert(packages.some(({ name, hashes }) => name === 'System.Memory' && hashes?.sha512?.length === 128));
  assert(packages.some(({ location }) => location.endsWith('/Microsoft.NETCore.App.deps.json')));

  const theirs = await trivyPackages(folder, 'nuget', scratch);
  if (theirs === undefined) return t.diagnostic('not held against Trivy: there is none');
  assert.deepEqual([...new Set(theirs.map(({ name, version }) => `${name}@${version}`))].sort(), [...ours].sort());
});
