import type { TestContext } from 'node:test';
import { collect, fromFile, gunzip } from '@lading/bytes';
import { readTar } from '@lading/tar';
import { vector } from '@lading/testkit';

/** The one layer of the Alpine 3.11 test vector as an uncompressed tar, or undefined after skipping the test. */
export async function alpineLayer(t: TestContext): Promise<Buffer | undefined> {
  const archive = vector(t, 'images/alpine-311.docker-archive.tar.gz');
  if (archive === undefined) return undefined;
  for await (const entry of readTar(gunzip(fromFile(archive)))) {
    if (entry.path.endsWith('/layer.tar')) return await collect(entry.content, { maxBytes: 64 << 20, what: 'a layer' });
  }
  throw new Error(`${archive} has no layer.tar`);
}
