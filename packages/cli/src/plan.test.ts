import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { mixedBytes } from '@lading/testkit';
import { openSandbox, startServe } from './testing/lading.ts';

interface Plan {
  readonly contents: readonly { readonly kind: string; readonly outcome: string; readonly wireBytes: number }[];
  readonly total: { readonly bytes: number; readonly wireBytes: number; readonly reusedBytes: number };
}

test('pull transfers of an update what changed; pull --plan shows it beforehand, and transfers nothing', async (t) => {
  const author = await openSandbox(t);
  const { host } = await startServe(t, author);
  const files = join(author.folder, 'files');
  await mkdir(files);
  const write = (at: number, seed: number) => writeFile(join(files, `f${at}`), mixedBytes(40_000, seed));
  for (let at = 0; at < 60; at++) await write(at, at + 1);
  await writeFile(join(author.folder, 'Dockerfile'), 'FROM scratch\nCOPY files /files\n');
  const release = async (tag: string) => {
    await author.out('build', '-t', `app:${tag}`, '.');
    await author.out('push', `app:${tag}`, `${host}/app:${tag}`);
  };
  await release('1');
  await write(30, 1000);
  await release('2');

  const user = await openSandbox(t);
  const first = await user.out('pull', '--plan', `${host}/app:1`);
  assert.match(first, /^DIGEST +KIND +SIZE +TRANSFER +HOW\n(.+\n){3}[\d.]+ MB of [\d.]+ MB \(100\.0%\) to transfer$/);
  await user.out('pull', `${host}/app:1`);
  const update = await user.out('pull', '--plan', `${host}/app:2`);
  assert.match(update, /\n\S+ +layer +[\d.]+ MB +[\d.]+ kB +in \d requests; [\d.]+ MB are in layers that are here\n/);
  assert.match(update, /\n[\d.]+ kB of [\d.]+ MB \(\d\.\d%\) to transfer; [\d.]+ MB from layers that are here$/);
  const { contents, total } = (await user.json('pull', '--plan', `${host}/app:2`)) as Plan;
  assert.deepEqual(
    contents.map(({ kind, outcome }) => `${kind} ${outcome}`),
    ['manifest whole', 'config whole', 'layer partial'],
  );
  assert.ok(total.wireBytes < total.bytes * 0.1 && total.reusedBytes > total.bytes * 0.9, JSON.stringify(total));
  assert.equal((await user.run(['inspect', `local:${host}/app:2`])).code, 5, 'it is not here');

  const { transferred } = (await user.json('pull', `${host}/app:2`)) as { transferred: Record<string, number> };
  assert.equal(transferred.bytes, total.wireBytes, 'as planned');
  assert.equal(transferred.reused, total.reusedBytes);

  const careful = await openSandbox(t);
  const { digest } = (await author.json('inspect', 'app:1')) as { digest: string };
  await careful.out('pull', `${host}/app@${digest}`);
  const planned = (await careful.json('pull', '--plan', `${host}/app:2`)) as Plan;
  assert.deepEqual(planned.total, total, 'an image that has only a digest counts as well');
});
