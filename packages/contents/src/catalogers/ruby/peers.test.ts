import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, isLongRun, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { catalogFolder } from '../../testing/cataloged-folder.ts';
import { trivyPackages } from '../../testing/trivy.ts';
import { rubyCataloger } from './cataloger.ts';

test('gems that RubyGems built and installed, and those that come with Ruby, are those that gem lists and Trivy finds', async (t) => {
  if (!isLongRun(t)) return;
  const gem = findProgram('gem');
  if (!skipUnless(t, gem !== undefined, 'no gem') || gem === undefined) return;
  const folder = await temporaryFolder(t);
  const scratch = await temporaryFolder(t);
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(gem, args, { cwd: scratch });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  for (const [name, version, more] of [
    ['acme-alpha', '1.2.3', 's.licenses = ["MIT", "Ruby"]; s.description = "s.name = \\"other\\"\\nEND"'],
    ['acme-alpha', '2.0.0.beta1', 's.license = "MIT"'],
    ['acme_beta', '0.1', ''],
  ] as const) {
    await mkdir(join(scratch, 'lib'), { recursive: true });
    await writeFile(join(scratch, 'lib/a.rb'), '');
    const text = `Gem::Specification.new do |s|
  s.name = "${name}"; s.version = "${version}"; s.summary = "a"; s.authors = ["a"]; s.files = ["lib/a.rb"]
  ${more}
end`;
    await writeFile(join(scratch, 'a.gemspec'), text);
    await run('build', '--quiet', '--force', '-o', `${name}-${version}.gem`, 'a.gemspec');
    await run('install', '--local', '--no-document', '--install-dir', join(folder, 'usr'), `${name}-${version}.gem`);
  }
  const { packages, warnings } = await catalogFolder(folder, [rubyCataloger]);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    packages.map(({ name, version, licenses }) => [name, version, licenses]),
    [
      ['acme-alpha', '1.2.3', ['MIT', 'Ruby']],
      ['acme-alpha', '2.0.0.beta1', ['MIT']],
      ['acme_beta', '0.1', undefined],
    ],
  );
  const theirs = await trivyPackages(folder, 'gem', scratch);
  if (theirs === undefined) t.diagnostic('not held against Trivy: there is none');
  else assert.deepEqual(theirs.map(nameOf).sort(), packages.map(nameOf).sort());

  // Every specification that this machine's Ruby knows, wherever its gems are.
  const folders = (await run('environment', 'gempath')).trim().split(':');
  const all = new Set<string>();
  for (const path of folders) {
    const facts = await catalogFolder(join(path, 'specifications'), [inSpecifications]).catch(() => undefined);
    for (const found of facts?.packages ?? []) all.add(nameOf(found));
  }
  assert.deepEqual([...all].sort(), listedIn(await run('list', '--local', '--all')).sort());
});

/** The cataloger from inside a `specifications` folder: its name is not part of the paths. */
const inSpecifications: typeof rubyCataloger = {
  ...rubyCataloger,
  wants: (file, start) => rubyCataloger.wants({ ...file, path: `specifications/${file.path}` }, start),
};

/** `base64 (0.2.0, default: 0.1.1)` lists two. */
function listedIn(text: string): string[] {
  return [...text.matchAll(/^(\S+) \((.*)\)$/gm)].flatMap(([, name, versions = '']) =>
    versions.split(', ').map((version) => `${name}@${version.replace('default: ', '').split(' ')[0]}`),
  );
}

function nameOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version}`;
}
