import type { Finding, ImageFacts, ImagePackage, PackageType } from '@lading/facts';

/** What to do about a finding, in order of preference. Sentences; names in them are the image's and may hold anything. */
export function adviceFor(
  { fix, fixedVersion, affected }: Pick<Finding, 'fix' | 'fixedVersion' | 'affected'>,
  found: ImagePackage,
  { layers }: ImageFacts,
): readonly string[] {
  const { base } = found;
  if (fixedVersion === undefined) {
    return [
      withoutFix(fix, affected),
      `If it does not concern this image, say so in an ignore rule or a VEX statement.`,
    ];
  }
  if (base !== undefined) {
    const name = base.name ?? base.digest;
    return [
      `Build on a newer ${name}, which brought it, once that has ${affected.name} ${fixedVersion}.`,
      upgrade(found, fixedVersion),
    ];
  }
  const instruction = layers[found.layer]?.instruction ?? '';
  const installs = isSystem(found.type) && /\b(?:apt|apt-get|apk|dnf|yum|microdnf)\b/.test(instruction);
  const again =
    'Build again without the cache ("lading build --no-cache"): the distribution has the fix, and the instruction installs the newest.';
  // A version that the instruction names would only be installed again.
  if (installs && !instruction.includes(found.version)) return [again, upgrade(found, fixedVersion)];
  return [upgrade(found, fixedVersion)];
}

function withoutFix(fix: Finding['fix'], { ecosystem, name, version }: Finding['affected']): string {
  const who = ecosystem.split(':')[0];
  if (fix === 'will-not-fix')
    return `${who} will not fix ${name} in this release: move to a newer release, or remove the package.`;
  if (fix === 'unknown')
    return `Upgrade ${name}: later versions than ${version} are not affected, but no advisory says from which on.`;
  return `There is no fix of ${name} yet: remove the package if the image does not need it.`;
}

const commands: Readonly<Partial<Record<PackageType, (name: string, version: string) => string>>> = {
  deb: (name) => `apt-get update && apt-get install --only-upgrade -y ${name}`,
  apk: (name) => `apk add --upgrade ${name}`,
  rpm: (name) => `dnf upgrade -y ${name}`,
  npm: (name, version) => `npm install ${name}@${version}`,
  pypi: (name, version) => `pip install '${name}>=${version}'`,
  golang: (name, version) => `go get ${name}@v${version}`,
  cargo: (name, version) => `cargo update -p ${name} --precise ${version}`,
  gem: (name, version) => `bundle update ${name} # to ${version} or later`,
  composer: (name, version) => `composer require '${name}:^${version}'`,
  nuget: (name, version) => `dotnet add package ${name} --version ${version}`,
};

function upgrade({ type, name, namespace, role }: ImagePackage, fixedVersion: string): string {
  if (role === 'standard-library') return `Build the program with Go ${fixedVersion} or later.`;
  if (role === 'main') return `Install version ${fixedVersion} or later of the program.`;
  const full = namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
  const shown = type === 'maven' ? full.replace('/', ':') : full;
  const plain = `Upgrade ${shown} to ${fixedVersion} or later`;
  // What is pasted into a shell must be nothing but a name: an image may call its packages as it likes.
  const safe = [full, fixedVersion].every((text) => /^@?[A-Za-z0-9][\w.+~:/-]*$/.test(text));
  const command = safe ? commands[type]?.(full, fixedVersion) : undefined;
  return command === undefined ? `${plain}.` : `${plain}: ${command}`;
}

function isSystem(type: PackageType): boolean {
  return type === 'deb' || type === 'apk' || type === 'rpm';
}
