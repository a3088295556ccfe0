import { LadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';

export function incomplete(where: string, why: string, digest?: Digest): LadingError {
  return new LadingError('BUNDLE_INCOMPLETE', `Cannot accept ${where}: ${why}`, {
    hint: 'The file is not what was exported; fetch or export it again.',
    details: { where, ...(digest === undefined ? {} : { digest }) },
  });
}
