/** Windows Server 2022: from here on a host also runs images of older builds, down to this one. */
const stableSince = 20348;

/**
 * Whether a Windows host of one version runs an image of another. Unknown versions run. Until Server 2022 the builds must be equal,
 * because container and kernel share an interface that changed with each. Source: Microsoft, "Windows container version compatibility".
 */
export function versionRuns(host: string | undefined, image: string | undefined): boolean {
  const [own, other] = [read(host), read(image)];
  if (own === undefined || image === undefined || image === '') return true;
  if (other === undefined || own.major !== other.major || own.minor !== other.minor) return false;
  if (own.build < stableSince) return own.build === other.build;
  return other.build >= stableSince && other.build <= own.build;
}

function read(version: string | undefined): { major: number; minor: number; build: number } | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,5})(?:\.|$)/.exec(version ?? '');
  return parts === null ? undefined : { major: Number(parts[1]), minor: Number(parts[2]), build: Number(parts[3]) };
}
