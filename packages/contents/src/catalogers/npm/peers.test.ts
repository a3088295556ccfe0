import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, isLongRun, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { catalogFolder } from '../../testing/cataloged-folder.ts';
import { trivyPackages } from '../../testing/trivy.ts';
import { npmCataloger } from './cataloger.ts';
import { placeOf } from './place.ts';

interface Listed {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Listed>>;
}

/** Deep trees; npm itself, which bundles its own; several versions of one; an alias; folders of test data that look like packages. */
const packages = ['express@4', 'eslint@8', 'npm@10', '@babel/core@7', 'resolve@1', 'old-semver@npm:semver@5.7.1'];

test('the packages in a tree that npm installed are those that npm lists, and those that Trivy finds', async (t) => {
  const npm = findProgram('npm');
  if (!isLongRun(t) || !skipUnless(t, npm !== undefined, 'no npm')) return;
  const folder = await temporaryFolder(t);
  const scratch = await temporaryFolder(t);
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(npm!, args, { cwd: folder, timeoutMs: 180_000 });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  await writeFile(join(folder, 'package.json'), '{"name":"app","version":"1.0.0","private":true}');
  await run('install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...packages);

  const listed = new Set<string>();
  const walk = ({ name, version, dependencies = {} }: Listed): void => {
    // Optional dependencies of other platforms are listed without a version.
    if (version !== undefined) listed.add(`${name}@${version}`);
    for (const dependency of Object.values(dependencies)) walk(dependency);
  };
  walk(JSON.parse(await run('ls', '--all', '--json', '--long')) as Listed);

  const { packages: found, warnings } = await catalogFolder(folder, [npmCataloger]);
  const ours = new Set(
    found.map(({ namespace, name, version }) => `${namespace ? `${namespace}/` : ''}${name}@${version}`),
  );
  assert.deepEqual(warnings, []);
  assert(listed.size > 300);
  assert.deepEqual([...ours].sort(), [...listed].sort());

  const theirs = await trivyPackages(folder, 'npm', scratch);
  if (theirs === undefined) return t.diagnostic('not held against Trivy: there is none');
  // Trivy takes test data in the folders of packages for packages.
  const atRoots = theirs.filter(({ path }) => placeOf(path) !== 'nested');
  assert.deepEqual([...new Set(atRoots.map(({ name, version }) => `${name}@${version}`))].sort(), [...ours].sort());
});
