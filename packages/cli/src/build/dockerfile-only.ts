import type { BuildRequest } from '@lading/builder';
import { LadingError } from '@lading/errors';

const options: readonly (readonly [keyof BuildRequest, string])[] = [
  ['target', '--target'],
  ['squash', '--squash or --flatten'],
  ['compression', '--compression'],
  ['mediaTypes', 'oci-mediatypes'],
  ['indexAnnotations', 'annotations of an index'],
  ['descriptorAnnotations', 'annotations of descriptors'],
];

/** Refuses what only builds of Dockerfiles take, rather than leaving it out. Throws BUILD_UNSUPPORTED. */
export function assertNothingOfDockerfiles(request: Partial<BuildRequest>, what: string): void {
  for (const [field, option] of options) {
    if (request[field] === undefined) continue;
    throw new LadingError('BUILD_UNSUPPORTED', `Cannot build ${what} with ${option}: only Dockerfiles take it`, {
      hint: 'A Dockerfile may start from what was built: FROM it, with the options that are wanted.',
    });
  }
}
