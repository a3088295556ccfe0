import { LadingError } from '@lading/errors';

/** What Lading writes and reads as a platform (platform API §versions). */
export const platformApi = '0.15';
/** Of buildpacks: from the oldest to the newest. */
const supported = { oldest: '0.7', newest: '0.12' } as const;

/** `0.9` is less than `0.10`; a version without a minor part is its `.0`. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [major, minor] = partsOf(version);
  const [wantedMajor, wantedMinor] = partsOf(wanted);
  return major === wantedMajor ? minor >= wantedMinor : major > wantedMajor;
}

/** Throws BUILD_UNSUPPORTED for a buildpack API that Lading does not speak (buildpack API §compatibility). */
export function assertBuildpackApi(api: string, what: string): void {
  const known = /^\d+(\.\d+)?$/.test(api) && isAtLeast(api, supported.oldest) && isAtLeast(supported.newest, api);
  if (known) return;
  throw new LadingError(
    'BUILD_UNSUPPORTED',
    `Cannot use ${what}: it speaks buildpack API ${api}, Lading speaks ${supported.oldest} to ${supported.newest}`,
    { hint: 'Use another version of the buildpack.' },
  );
}

function partsOf(version: string): readonly [major: number, minor: number] {
  const [major = '0', minor = '0'] = version.split('.');
  return [Number(major), Number(minor)];
}
