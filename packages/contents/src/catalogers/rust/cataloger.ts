import { inflateSync } from 'node:zlib';
import { LadingError } from '@lading/errors';
import { openElf } from '../../elf/elf.ts';
import { isExecutable } from '../binary/is-executable.ts';
import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';

/** cargo-auditable tells readers to expect no more; programs of a thousand crates have 100 KiB. */
const MAX_JSON_BYTES = 8 << 20;

/**
 * The crates that a Rust program is made of, if it was built with cargo-auditable. Those that only its build needed are left out.
 * Source: cargo-auditable, PARSING.md and its JSON schema.
 */
export const rustCataloger: Cataloger = {
  name: 'rust-binary',
  wants: isExecutable,
  async *read(file: CatalogedFile): AsyncGenerator<Fact, void, undefined> {
    const elf = await openElf(file);
    const section = await elf?.readSection('.dep-v0', MAX_JSON_BYTES);
    if (section === undefined || section.length === 0) return;
    for (const { name, version, kind, root } of parseAudit(section)) {
      if (kind === 'build' || typeof name !== 'string' || typeof version !== 'string') continue;
      const role = root === true ? { role: 'main' as const } : {};
      yield { kind: 'package', package: { type: 'cargo', name, version, ...role } };
    }
  },
};

interface AuditedCrate {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly kind?: unknown;
  readonly root?: unknown;
}

function parseAudit(section: Buffer): AuditedCrate[] {
  let audit: { readonly packages?: unknown } | null;
  try {
    audit = JSON.parse(inflateSync(section, { maxOutputLength: MAX_JSON_BYTES }).toString());
  } catch (cause) {
    throw damaged(cause);
  }
  if (!Array.isArray(audit?.packages)) throw damaged(undefined);
  return audit.packages.filter((crate) => typeof crate === 'object' && crate !== null);
}

function damaged(cause: unknown): LadingError {
  return new LadingError(
    'EXECUTABLE_INVALID',
    'Cannot read what cargo-auditable noted in an executable: it is damaged',
    {
      cause,
    },
  );
}
