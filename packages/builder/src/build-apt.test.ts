import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLongRun, skipUnless, temporaryFolder } from '@lading/testkit';
import { scrubList } from './run/scrub.ts';
import { hasInstalledDebian, writeInstalledDebian } from './testing/installed-debian.ts';
import { alpineWorkbench } from './testing/workbench.ts';

const dockerfile = `FROM scratch AS base
ADD base.tar /
FROM base
COPY repository /repository
RUN --network=none echo 'deb [trusted=yes] file:/repository ./' > /etc/apt/sources.list && rm -rf /etc/apt/sources.list.d && \\
    apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends fixture && fixture
`;

/** A repository with one package, whose scripts do what those of real packages do. */
async function writeRepository(folder: string, work: string): Promise<void> {
  const root = join(work, 'fixture');
  await mkdir(join(root, 'DEBIAN'), { recursive: true });
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  const control =
    'Package: fixture\nVersion: 1.0\nArchitecture: all\nMaintainer: Someone <someone@example.org>\nDescription: a fixture\n';
  await writeFile(join(root, 'DEBIAN/control'), control);
  await writeFile(
    join(root, 'DEBIAN/postinst'),
    '#!/bin/sh\nset -e\nldconfig\nupdate-alternatives --install /usr/bin/fix fix /usr/bin/fixture 10\n',
  );
  await writeFile(join(root, 'usr/bin/fixture'), '#!/bin/sh\necho it works\n');
  for (const path of ['DEBIAN/postinst', 'usr/bin/fixture']) await chmod(join(root, path), 0o755);
  await mkdir(folder, { recursive: true });
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', root, join(folder, 'fixture.deb')], { stdio: 'ignore' });
  const deb = await readFile(join(folder, 'fixture.deb'));
  const hash = createHash('sha256').update(deb).digest('hex');
  await writeFile(
    join(folder, 'Packages'),
    `${control}Filename: ./fixture.deb\nSize: ${deb.length}\nSHA256: ${hash}\n`,
  );
}

test('an apt installation whose logs and caches are scrubbed gives one digest when it is built twice from nothing', {
  timeout: 240_000,
}, async (t) => {
  if (!isLongRun(t)) return;
  if (!skipUnless(t, hasInstalledDebian(), 'a Debian with dpkg and apt')) return;
  const work = await temporaryFolder(t);
  await mkdir(join(work, 'context/repository'), { recursive: true });
  await writeFile(join(work, 'context/Dockerfile'), dockerfile);
  await writeRepository(join(work, 'context/repository'), work);
  await writeInstalledDebian(join(work, 'context/base.tar'), work);
  const digests: string[] = [];
  for (const scrub of [scrubList, scrubList, undefined, undefined]) {
    const bench = await alpineWorkbench(t, { cacheFolder: await temporaryFolder(t) });
    if (bench === undefined) return;
    if (!skipUnless(t, bench.snapshots.machine.mapping !== 'single', 'users other than root in containers')) return;
    const result = await bench.build(join(work, 'context'), { scrub });
    const shown = bench.events.flatMap((event) =>
      event.kind === 'step-output' ? [Buffer.from(event.chunk).toString()] : [],
    );
    assert.match(shown.join(''), /it works/);
    if (scrub !== undefined) {
      const layer = (await bench.layers(result)).at(-1) ?? [];
      assert.ok(layer.includes('usr/bin/fixture') && layer.includes('var/lib/dpkg/status'));
      assert.deepEqual(
        layer.filter((path) => /\.log$|\.bin$|aux-cache|-old$/.test(path)),
        [],
      );
    }
    digests.push(result.manifest.digest);
  }
  const [first, second, third, fourth] = digests;
  assert.equal(second, first);
  assert.notEqual(fourth, third, 'without scrubbing the logs tell two runs apart');
});
