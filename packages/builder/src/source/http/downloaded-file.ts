import { fromFile } from '@lading/bytes';
import { digestOf, verified } from '@lading/oci';
import type { FileSource, SourceFile } from '../../file-source.ts';
import type { Download } from './http-cache.ts';

/**
 * One download as a source with one file: 0600, root's, dated to `Last-Modified`, or to 1970 where the server says nothing
 * (Dockerfile reference §ADD). Its content is verified when it is read.
 */
export function downloadedFile({ path, digest, size, modified = 0 }: Download, name: string): FileSource {
  const file: SourceFile = { path: name, type: 'file', mode: 0o600, uid: 0, gid: 0, size, mtime: modified };
  const root: SourceFile = { path: '', type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0 };
  return {
    name,
    find: async (asked) => (asked === name ? file : asked === '' ? root : undefined),
    list: async () => [file],
    keepsOrder: () => true,
    async *read(files, io) {
      for (const one of files) yield [one, verified(fromFile(path, io), { digest, size })];
    },
    identity: {
      kind: 'files',
      fingerprint: async (_files, _io) => digestOf(JSON.stringify([name, digest, modified])),
      mark: () => `file 0600 ${digest}`,
    },
  };
}
