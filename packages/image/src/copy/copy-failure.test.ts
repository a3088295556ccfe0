import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bytes } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import { createMemoryRepository, digestOfTarget, openOciLayout, type Repository } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { openImage } from '../image.ts';
import { sampleImage } from '../internal/sample-image.ts';
import { withContent } from '../testing/sample-repository.ts';
import { copy } from './copy.ts';

test('COPY_FAILED names the source when content is absent or damaged there, and what has arrived', async () => {
  const source = createMemoryRepository('a');
  const image = await sampleImage(source);
  const layer = (await openImage(source, image)).manifest.layers[0]!;
  const damage = async function* (): Bytes {
    yield Buffer.from('not what it was');
  };
  const broken: [Repository, string][] = [
    [
      withContent(source, {
        open: async (blob, io) => (digestOfTarget(blob) === layer.digest ? damage() : source.content.open(blob, io)),
      }),
      'SIZE_MISMATCH',
    ],
  ];
  const empty = createMemoryRepository('a');
  await copy(source, empty, { from: image });
  await empty.content.delete(layer.digest);
  broken.push([empty, 'BLOB_NOT_FOUND']);
  for (const [from, code] of broken) {
    const target = createMemoryRepository('b');
    await assert.rejects(copy(from, target, { from: image, to: 'x', concurrency: 1 }), (error) => {
      assert.ok(isLadingError(error, 'COPY_FAILED'));
      assert.equal(error.details.side, 'source');
      assert.equal(error.details.digest, layer.digest);
      assert.equal((error.details.arrived as string[]).length, 1, 'the config, which came first');
      assert.equal((error.cause as LadingError).code, code);
      return true;
    });
    assert.equal(await target.references.resolve('x'), undefined);
    assert.equal(await target.references.resolve(image.digest), undefined, 'no manifest without its layers');
    await copy(source, target, { from: image, to: 'x' });
    assert.ok(await target.references.resolve('x'), 'copying again completes it');
  }
});

test('COPY_FAILED names the target when it refuses', async () => {
  const source = createMemoryRepository('a');
  const image = await sampleImage(source);
  const full = new Error('no space left');
  const target = withContent(createMemoryRepository('b'), {
    begin: async () => {
      throw full;
    },
  });
  await assert.rejects(copy(source, target, { from: image }), (error) => {
    assert.ok(isLadingError(error, 'COPY_FAILED'));
    assert.equal(error.details.side, 'target');
    assert.equal(error.cause, full);
    return true;
  });
});

test('copy() stops on a signal and throws INTERRUPTED when nothing runs any more', async () => {
  const source = createMemoryRepository();
  const target = createMemoryRepository();
  const image = await sampleImage(source, { texts: ['a', 'b', 'c', 'd', 'e'] });
  const controller = new AbortController();
  let running = 0;
  const slow = withContent(source, {
    open: async (blob, io) => {
      const bytes = await source.content.open(blob, io);
      return (async function* () {
        running++;
        try {
          if (running === 3) controller.abort();
          await new Promise((resolve) => setTimeout(resolve, 5));
          yield* bytes;
        } finally {
          running--;
        }
      })();
    },
  });
  await assert.rejects(copy(slow, target, { from: image, to: 'x', signal: controller.signal }), (error) =>
    isLadingError(error, 'INTERRUPTED'),
  );
  assert.equal(running, 0);
  assert.equal(await target.references.resolve('x'), undefined);
});

test('copy() moves no more at once than it is told', async () => {
  const source = createMemoryRepository();
  const image = await sampleImage(source, { texts: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] });
  let [running, most] = [0, 0];
  const counted = withContent(source, {
    open: async (blob, io) => {
      running++;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
      return source.content.open(blob, io);
    },
  });
  await copy(counted, createMemoryRepository(), { from: image, concurrency: 3 });
  assert.equal(most, 3);
});

test('copy() refuses what there is no room for before a blob moves, and counts only what is missing', async (t) => {
  const source = createMemoryRepository('a');
  const target = await openOciLayout(`${await temporaryFolder(t)}/layout`, { create: true });
  const small = await sampleImage(source, { texts: ['base'] });
  const large = await sampleImage(source, { texts: ['base', 'more', 'still more'] });
  await copy(source, target, { from: small });
  const before = (await Array.fromAsync(target.content.list())).length;
  const asked: number[] = [];
  const { content } = target;
  const full = {
    ...target,
    content: new Proxy(content, {
      get: (of, name) => {
        if (name === 'assertRoom') {
          return async (bytes: number) => {
            asked.push(bytes);
            throw new LadingError('DISK_FULL', `no room for ${bytes}`);
          };
        }
        const value = Reflect.get(of, name);
        return typeof value === 'function' ? value.bind(of) : value;
      },
    }),
  };
  await assert.rejects(copy(source, full, { from: large }), (error) => isLadingError(error, 'DISK_FULL'));
  assert.equal((await Array.fromAsync(content.list())).length, before);
  const [all = 0, missing = 0] = asked;
  assert.ok(missing > 0 && missing < all, `${missing} of ${all}`);
});
