import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore } from '@lading/store';
import { createUploads, type Incoming } from './uploads.ts';

const arrived: Incoming = { complete: true, destroy: () => assert.fail('has arrived') };

test('requests on an upload run one after another; one whose content still arrives is ended when the next comes', async () => {
  const upload = await createUploads(createMemoryStore()).begin('app');
  const order: string[] = [];
  let end = (): void => {};
  const first = upload.use({ complete: false, destroy: () => end() }, async () => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    order.push('ended');
  });
  await new Promise(setImmediate);
  const waits = (name: string): Promise<unknown> =>
    upload.use(arrived, async () => {
      await new Promise(setImmediate);
      order.push(name);
    });
  await Promise.all([first, waits('second'), waits('third')]);
  assert.deepEqual(order, ['ended', 'second', 'third']);
});

test('an upload that ended is gone for the requests that waited, and for a process that knows only its id', async () => {
  const content = createMemoryStore();
  const uploads = createUploads(content);
  const { id } = await uploads.begin('app');
  const upload = createUploads(content).find('app', id);
  assert.equal(await upload?.use(arrived, async ({ offset }) => offset), 0);
  const first = uploads.find('app', id)?.use(arrived, (ingest) => ingest.abort());
  const second = uploads.find('app', id)?.use(arrived, async () => 'there');
  await first;
  assert.equal(await second, undefined);
  assert.equal(await upload?.use(arrived, async () => 'there'), undefined);
});

test('an upload is found in its own repository only, by whatever process', async () => {
  const content = createMemoryStore();
  const { id } = await createUploads(content).begin('app');
  for (const uploads of [createUploads(content), createUploads(content)]) {
    assert.equal(uploads.find('other', id), undefined);
    assert.equal(uploads.find('app', `${id}0`), undefined);
    assert.equal(uploads.find('app', id)?.repository, 'app');
  }
});
