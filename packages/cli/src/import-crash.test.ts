import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect } from '@lading/bytes';
import { planBundle, readManifest, writeBundle, writeImage } from '@lading/image';
import { childrenOf, mediaTypes } from '@lading/oci';
import { createMemoryRepository, openDirectoryStore, put } from '@lading/store';
import { isLongRun, mixedBytes } from '@lading/testkit';
import { openHome } from './home.ts';
import { openSandbox, program, type Sandbox } from './testing/lading.ts';

const layers = 60;
/** Content of more than a megabyte waits in files, less in memory. */
const large = 3;

/** `app:1` with many layers, as a bundle. */
async function bundleOf(sandbox: Sandbox): Promise<Buffer> {
  const repository = createMemoryRepository();
  const descriptors = [];
  for (let at = 0; at < layers; at++) {
    const bytes = Buffer.concat([Buffer.from([at]), mixedBytes(at < large ? 1_200_000 : 20_000)]);
    descriptors.push(await put(repository.content, bytes, { mediaType: mediaTypes.ociLayer }));
  }
  const rootfs = { type: 'layers' as const, diff_ids: descriptors.map(({ digest }) => digest) };
  const from = await writeImage(repository, {
    config: { os: 'linux', architecture: 'amd64', rootfs },
    layers: descriptors,
  });
  const plan = await planBundle([{ repository, from, names: ['app:1'], repositoryName: 'app' }]);
  const bytes = await collect(writeBundle(plan), { maxBytes: 16 << 20, what: 'bundle' });
  await writeFile(join(sandbox.folder, 'app.tar'), bytes);
  return bytes;
}

/** What is visible in the home of the sandbox: the tag, and how many blobs. All of it must be whole. */
async function visible(sandbox: Sandbox): Promise<{ tagged: boolean; blobs: number }> {
  const home = await openHome(join(sandbox.folder, 'home'));
  try {
    const { content, references } = home.repository('docker.io/library/app');
    let blobs = 0;
    for await (const { digest } of content.list()) {
      // Verified at its end.
      await collect(await content.open(digest), { maxBytes: 4 << 20, what: digest });
      blobs++;
    }
    const image = await references.resolve('1');
    for (const child of image === undefined ? [] : childrenOf(await readManifest(content, image))) {
      assert.ok(await content.stat(child), 'what is tagged is whole');
    }
    return { tagged: image !== undefined, blobs };
  } finally {
    await home.close();
  }
}

/** An import from a pipe that lacks its end, when so many writes are under way. */
async function stalled(t: TestContext, sandbox: Sandbox, bytes: Buffer, writes: number): Promise<ChildProcess> {
  const child = spawn(program, ['import', '-'], {
    cwd: sandbox.folder,
    env: sandbox.env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  t.after(() => child.kill('SIGKILL'));
  child.stdin.on('error', () => {});
  child.stdin.write(bytes.subarray(0, bytes.length - 1024));
  for (let turn = 0; (await ingestsOf(sandbox)).length < writes; turn++) {
    assert.ok(turn < 1000, 'the writes begin');
    await sleep(10);
  }
  return child;
}

async function ingestsOf(sandbox: Sandbox): Promise<unknown[]> {
  const store = await openDirectoryStore(join(sandbox.folder, 'home/content'));
  return Array.fromAsync(store.ingests());
}

test('an import that is killed before it has seen everything shows nothing', async (t) => {
  const sandbox = await openSandbox(t);
  const child = await stalled(t, sandbox, await bundleOf(sandbox), large);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  assert.deepEqual(await visible(sandbox), { tagged: false, blobs: 0 });
  await sandbox.out('import', 'app.tar');
  assert.deepEqual(await visible(sandbox), { tagged: true, blobs: layers + 2 });
});

test('an import that is interrupted leaves no write behind', async (t) => {
  const sandbox = await openSandbox(t);
  const child = await stalled(t, sandbox, await bundleOf(sandbox), 1);
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  assert.deepEqual(await exited, [130, null]);
  assert.deepEqual(await ingestsOf(sandbox), []);
  assert.deepEqual(await visible(sandbox), { tagged: false, blobs: 0 });
});

async function killRounds(t: TestContext, rounds: number): Promise<void> {
  const sandbox = await openSandbox(t);
  await bundleOf(sandbox);
  const began = performance.now();
  await sandbox.out('import', 'app.tar');
  const wholeMs = performance.now() - began;
  let seed = 20_261;
  for (let round = 0; round < rounds; round++) {
    await rm(join(sandbox.folder, 'home'), { recursive: true, force: true });
    seed = (seed * 48_271) % 2_147_483_647;
    const delayMs = wholeMs * (0.4 + (0.7 * seed) / 2_147_483_647);
    const child = spawn(program, ['import', 'app.tar'], { cwd: sandbox.folder, env: sandbox.env, stdio: 'ignore' });
    const exited = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
    await exited;
    clearTimeout(timer);
    const { tagged, blobs } = await visible(sandbox);
    if (tagged) assert.equal(blobs, layers + 2, `round ${round}, killed after ${delayMs} ms`);
  }
  await sandbox.out('import', 'app.tar');
  assert.deepEqual(await visible(sandbox), { tagged: true, blobs: layers + 2 });
}

test('an import that is killed at any moment shows no tag, or all that it needs', (t) => killRounds(t, 2));

test('the same at many moments', async (t) => {
  if (isLongRun(t)) await killRounds(t, 60);
});
