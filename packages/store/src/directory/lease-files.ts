import { join } from 'node:path';
import { createFile } from '../internal/create-file.ts';
import type { LeaseNames } from '../internal/named-lease.ts';
import { namesIn } from '../internal/names-in.ts';
import { removeFile } from '../internal/remove-file.ts';
import type { ContentFolders } from './content-folders.ts';
import type { SweepGate } from './sweep-gate.ts';

/** Leases in a store of files: empty files. */
export function leaseFiles(folders: ContentFolders, gate: SweepGate): LeaseNames {
  return {
    add: async (name) => (await createFile(join(folders.leases, name))).close(),
    async remove(names) {
      for (const name of names) await removeFile(join(folders.leases, name));
      if (names.length > 0) await folders.tidy();
    },
    list: () => namesIn(folders.leases),
    settle: () => gate.settle(),
  };
}
