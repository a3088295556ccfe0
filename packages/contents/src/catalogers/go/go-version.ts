/**
 * The version of the standard library by the version of the toolchain, as advisories write it: `go1.22.3` is v1.22.3, `go1.21rc2` is
 * v1.21.0-rc.2, and what follows (`X:boringcrypto`, a vendor's suffix) does not count. Undefined for development versions.
 */
export function standardLibraryVersion(goVersion: string): string | undefined {
  const match = /^go(\d+)\.(\d+)(?:\.(\d+))?(?:(rc|beta)(\d+))?/.exec(goVersion);
  if (match === null) return undefined;
  const [, major, minor, patch = '0', stage, number] = match;
  return `v${major}.${minor}.${patch}${stage === undefined ? '' : `-${stage}.${number}`}`;
}
