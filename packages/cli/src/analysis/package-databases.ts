/** A package that a package manager says is installed. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** In the words of the distribution; absent where the database does not say. */
  readonly architecture?: string;
}

const databases: readonly { readonly path: RegExp; readonly read: (content: Buffer) => Promise<InstalledPackage[]> }[] =
  [
    // Images without dpkg itself have one file for each package.
    { path: /^var\/lib\/dpkg\/(?:status|status\.d\/[^/]+)$/, read: readDpkg },
    { path: /^(?:usr\/)?lib\/apk\/db\/installed$/, read: readApk },
  ];

/** Databases of rpm: whoever compares has to say that these were not read. */
export const rpmDatabase: RegExp = /^(?:var\/lib|usr\/lib\/sysimage)\/rpm\/(?:rpmdb\.sqlite|Packages(?:\.db)?)$/;

/** Whether `packagesIn` can read the file of this path. */
export function isPackageDatabase(path: string): boolean {
  return databases.some((database) => database.path.test(path));
}

/** The packages that a database lists, in its order; none where it is damaged. */
export async function packagesIn(path: string, content: Buffer): Promise<InstalledPackage[]> {
  const database = databases.find((one) => one.path.test(path));
  return (await database?.read(content)) ?? [];
}

/** dpkg(1) status: installed is what its third word says. A file of status.d has no status. */
async function readDpkg(content: Buffer): Promise<InstalledPackage[]> {
  const { parseControl } = await import('@lading/distro');
  const { isLadingError } = await import('@lading/errors');
  try {
    return parseControl(content).flatMap((paragraph) => {
      const [name, version] = [paragraph.get('Package'), paragraph.get('Version')];
      const state = paragraph.get('Status')?.split(' ')[2] ?? 'installed';
      if (name === undefined || version === undefined || state !== 'installed') return [];
      return [made(name, version, paragraph.get('Architecture'))];
    });
  } catch (error) {
    if (isLadingError(error, 'CONTROL_INVALID')) return [];
    throw error;
  }
}

/** apk-tools v2 installed database: one letter, a colon and a value per line; an empty line after each package. */
async function readApk(content: Buffer): Promise<InstalledPackage[]> {
  return content
    .toString('utf8')
    .split('\n\n')
    .flatMap((block) => {
      const fields = new Map(block.split('\n').map((line) => [line.slice(0, 2), line.slice(2)]));
      const [name, version] = [fields.get('P:'), fields.get('V:')];
      return name === undefined || version === undefined ? [] : [made(name, version, fields.get('A:'))];
    });
}

function made(name: string, version: string, architecture: string | undefined): InstalledPackage {
  return { name, version, ...(architecture === undefined ? {} : { architecture }) };
}
