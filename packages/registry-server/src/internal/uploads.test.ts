import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bytes, fromBuffer } from '@lading/bytes';
import { digestOf } from '@lading/oci';
import { complete, createMemoryStore, type Ingest, openDirectoryStore } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
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
  await upload?.use(arrived, (ingest) => ingest.append(fromBuffer(Buffer.from('abc'))));
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

test('an upload without bytes is nothing but its id: nothing is stored for it, any process finds it, and it ends', async (t) => {
  const content = await openDirectoryStore(await temporaryFolder(t));
  const uploads = createUploads(content);
  const { id } = await uploads.begin('app');
  for (const some of [uploads, createUploads(content)]) {
    assert.equal(await some.find('app', id)?.use(arrived, async ({ offset }) => offset), 0);
  }
  assert.deepEqual(await Array.fromAsync(content.ingests()), []);
  const upload = uploads.find('app', id);
  await upload?.use(arrived, async (ingest) => {
    await ingest.abort();
    upload.end();
  });
  assert.equal(await upload?.use(arrived, async () => 'there'), undefined);
});

test('an upload of a whole that breaks off is empty again, in every process', async (t) => {
  const content = await openDirectoryStore(await temporaryFolder(t));
  const digest = digestOf('abcdef');
  const upload = await createUploads(content).begin('app');
  async function* broken(): Bytes {
    yield Buffer.from('abc');
    throw new Error('cut');
  }
  const whole = { digest, size: 6 };
  await assert.rejects(async () => upload.use(arrived, (ingest) => complete(ingest, broken(), whole), whole), /cut/);
  const other = createUploads(content).find('app', upload.id);
  const take = (ingest: Ingest): Promise<unknown> => complete(ingest, fromBuffer(Buffer.from('abcdef')), whole);
  for (const each of [upload, other]) assert.equal(await each?.use(arrived, async ({ offset }) => offset), 0);
  await other?.use(arrived, take, whole);
  assert.equal((await content.stat(digest))?.size, 6);
});

test('an id that was made up, or is a day old, names no upload', async () => {
  const uploads = createUploads(createMemoryStore());
  const mark = (await uploads.begin('app')).id.split('.')[1];
  for (const id of ['018f2b6a-0000-7000-8000-000000000000', '11111111-2222-4333-8444-555555555555']) {
    assert.equal(await uploads.find('app', `${id}.${mark}`)?.use(arrived, async () => 'there'), undefined);
  }
});
