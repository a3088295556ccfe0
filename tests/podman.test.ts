// podman loads what Lading saves, pulls what Lading serves, and has the same files in its containers.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { unpackLayer } from '@lading/filetree';
import { openImage } from '@lading/image';
import { openOciLayout } from '@lading/store';
import { findProgram, runProgram, skipUnless, temporaryFolder, vector } from '@lading/testkit';
import { openLading, succeeded } from './lading.ts';
import { serve } from './serve.ts';
import { describeTree } from './tree.ts';

test('podman loads both of our archive formats and pulls from our registry: one image id', async (t) => {
  const podman = await openPodman(t);
  const alpine = vector(t, 'images/alpine-311.docker-archive.tar.gz');
  if (podman === undefined || alpine === undefined) return;
  const lading = await openLading(t);
  const { host } = await serve(lading);
  await lading.out('load', '-i', alpine);
  await lading.out('push', 'alpine:3.11', `${host}/alpine:3.11`);
  const shown = await lading.json<{ image: { config: { digest: string } } }>('inspect', 'alpine:3.11');
  const id = shown.image.config.digest.replace('sha256:', '');

  for (const format of ['docker', 'oci']) {
    await lading.out('save', `--format=${format}`, '-o', `${format}.tar`, 'alpine:3.11');
    assert.match(await podman('load', '-i', join(lading.folder, `${format}.tar`)), /Loaded image/);
    assert.equal(await podman('images', '--no-trunc', '--quiet'), `sha256:${id}`);
    await podman('rmi', '--all', '--force');
  }
  assert.equal(await podman('pull', '--quiet', '--tls-verify=false', `${host}/alpine:3.11`), id);

  // The files of a container as podman mounts them, and as Lading unpacks them.
  const container = await podman('create', '--network=none', id, 'true');
  const theirs = await describeTree(await podman('mount', container));
  await lading.out('copy', 'local:alpine:3.11', 'oci:layout:3.11');
  const image = await openImage(await openOciLayout(join(lading.folder, 'layout')), '3.11');
  const ours = await temporaryFolder(t);
  for (const layer of image.layers) {
    await unpackLayer(await layer.uncompressed(), ours, { whiteouts: 'apply', owners: 'keep' });
  }
  // podman puts mount points of its own into the container's layer.
  const own = (line: string) =>
    !/^(?:dev|etc|proc|run|sys)(?: |\/(?:hosts|hostname|resolv\.conf|mtab|\.containerenv) )/.test(line);
  assert.deepEqual((await describeTree(ours)).filter(own), theirs.filter(own));

  await podman('push', '--quiet', '--tls-verify=false', '--format=v2s2', id, `docker://${host}/from/podman:1`);
  assert.equal(
    (await lading.json<typeof shown>('inspect', `${host}/from/podman:1`)).image.config.digest,
    shown.image.config.digest,
  );
});

/** podman with storage of its own. As root: without it would need more of the machine than files. */
async function openPodman(t: TestContext): Promise<((...args: string[]) => Promise<string>) | undefined> {
  const program = findProgram('podman');
  if (!skipUnless(t, program !== undefined, 'the program podman')) return undefined;
  if (process.getuid?.() !== 0) {
    t.skip('podman would be run as root');
    return undefined;
  }
  const folder = await temporaryFolder(t);
  const options = [`--root=${folder}/root`, `--runroot=${folder}/run`, '--storage-driver=vfs', '--events-backend=none'];
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, TMPDIR: folder, REGISTRY_AUTH_FILE: undefined };
  const podman = async (...args: string[]): Promise<string> => {
    const outcome = await runProgram(program ?? 'podman', [...options, ...args], { env });
    return succeeded(`podman ${args.join(' ')}`, { signal: null, ...outcome });
  };
  return podman;
}
