// `lading build --build-image`, as somebody who has a builder and an application uses it.
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { isLongRun, vector } from '@lading/testkit';
import { canRun } from './engines.ts';
import { openLading } from './lading.ts';

const files = {
  'app/app.txt': 'the app\n',
  'bp/buildpack.toml': 'api = "0.12"\n[buildpack]\nid = "samples/hello"\nversion = "0.1.0"\n',
  'bp/bin/detect': '#!/bin/sh\n[ -f app.txt ] || exit 100\n',
  'bp/bin/build': `#!/bin/sh
set -e
cd "$CNB_LAYERS_DIR"
mkdir -p hello/bin
printf '#!/bin/sh\\ncat app.txt /etc/base\\n' > hello/bin/hello
chmod 755 hello/bin/hello
printf '[types]\\nlaunch = true\\n' > hello.toml
printf '[[processes]]\\ntype = "web"\\ncommand = ["hello"]\\ndefault = true\\n' > launch.toml
echo '{"bomFormat":"CycloneDX"}' > hello.sbom.cdx.json
`,
  'run/Dockerfile': 'FROM alpine:3.11\nRUN echo base 1 > /etc/base\n',
};

test('an application is built, built again for nothing, inspected, run, and rebased onto a new run image', async (t) => {
  if (!isLongRun(t)) return;
  const alpine = vector(t, 'images/alpine-311.docker-archive.tar.gz');
  if (alpine === undefined || !(await canRun(t))) return;
  const lading = await openLading(t);
  for (const [name, text] of Object.entries(files)) {
    const path = join(lading.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    if (text.startsWith('#!')) await chmod(path, 0o755);
  }
  const { out } = lading;
  await out('load', '-i', alpine);
  await out('build', '-t', 'run', 'run');
  const build = [
    'build',
    '--build-image',
    'alpine:3.11',
    '--run-image',
    'run',
    '--buildpack',
    'bp',
    '-t',
    'app',
    'app',
  ];
  const digest = await out(...build, '--sbom-output-dir', 'sboms');
  const sbom = join(lading.folder, 'sboms/launch/samples_hello/hello/sbom.cdx.json');
  assert.equal(await readFile(sbom, 'utf8'), '{"bomFormat":"CycloneDX"}\n');
  const again = await lading.run(build);
  assert.equal(again.stdout.trimEnd(), digest);
  assert.match(again.stderr, /samples\/hello 0\.1\.0; 6 layers reused/);
  const inspected = JSON.parse(await out('buildpacks', 'inspect', 'app', '--json'));
  assert.deepEqual(
    [inspected.processes[0].type, inspected.processes[0].default, inspected.runImage.image],
    ['web', true, 'run'],
  );
  assert.equal(await out('run', 'app'), 'the app\nbase 1');

  await writeFile(join(lading.folder, 'run/Dockerfile'), files['run/Dockerfile'].replace('base 1', 'base 2'));
  await out('build', '-t', 'run', 'run');
  assert.notEqual(await out('buildpacks', 'rebase', 'app'), digest);
  assert.equal(await out('run', 'app'), 'the app\nbase 2');
  await writeFile(join(lading.folder, 'app/app.txt'), '');
  const refused = await lading.run([
    'build',
    '--build-image',
    'alpine:3.11',
    '--run-image',
    'run',
    '--buildpack',
    'bp',
    'run',
  ]);
  assert.match(
    refused.stderr,
    /No group of buildpacks takes the application: group 1: samples\/hello@0\.1\.0 does not take it/,
  );
});
