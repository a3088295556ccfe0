import { LadingError } from '@lading/errors';
import { hexOf } from '@lading/oci';
import type { CopyInput } from '../copy/copy-input.ts';
import { select } from '../copy/select.ts';
import type { DockerfileSession } from '../step/session.ts';
import { parseGitAddress, withoutCredentials } from './git/git-address.ts';
import { downloadedFile } from './http/downloaded-file.ts';
import { addressName } from './http/file-name.ts';
import { gitMaterial } from './remotes.ts';

/** Whether a source of ADD is fetched: a git repository, or an http or https address. */
export function isRemote(text: string): boolean {
  return /^https?:\/\//.test(text) || parseGitAddress(text) !== undefined;
}

export interface AddRemoteOptions {
  readonly checksum: string | undefined;
  readonly keepGitDir: boolean | undefined;
  readonly unpack: boolean | undefined;
  readonly exclude: readonly string[];
}

/**
 * What ADD takes from an address: of a repository its files, else the one file, which stays as it is unless it is to be unpacked.
 * Dockerfile reference §ADD. Throws SOURCE_MISMATCH when it is not what the checksum or the lock says.
 */
export async function addRemote(
  session: DockerfileSession,
  text: string,
  options: AddRemoteOptions,
): Promise<CopyInput> {
  const { remotes, pins, materials, epoch, signal } = session;
  const { checksum, exclude } = options;
  const name = withoutCredentials(text);
  const address = parseGitAddress(text);
  if (address !== undefined) {
    if (checksum !== undefined && !/^[0-9a-f]{7,64}$/.test(checksum)) throw badChecksum(checksum, 'the id of a commit');
    const wanted = {
      ...address,
      keepGitDir: options.keepGitDir ?? address.keepGitDir,
      commit: checksum ?? address.commit,
    };
    const { files, commit } = await remotes.git(wanted, name, pins.git(text, wanted), { signal });
    materials.add(gitMaterial(name, wanted, commit));
    const source = files.files(name, epoch);
    return {
      source,
      names: [`git ${addressName(wanted.url) ?? ''}`],
      unpack: false,
      select: () => select(source, ['/'], { exclude, parents: false }),
    };
  }
  if (checksum !== undefined && !/^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/.test(checksum))
    throw badChecksum(checksum, 'sha256:, sha384: or sha512: with hexadecimal digits');
  const checksums = [checksum, pins.http(text, checksum)].filter((one) => one !== undefined);
  const download = await remotes.http(text, checksums, { signal });
  materials.add({ kind: 'http', name, uri: name, digest: { sha256: hexOf(download.digest) } });
  const fileName = addressName(text) ?? download.name;
  if (fileName === undefined) {
    throw new LadingError(
      'BUILD_INVALID',
      `Cannot add ${name}: neither the address nor the server gives it a file name`,
      {
        hint: 'Choose an address that ends with a name.',
      },
    );
  }
  const source = downloadedFile(download, fileName);
  return {
    source,
    names: [`http ${fileName}`],
    unpack: options.unpack === true,
    select: async () => {
      const file = await source.find(fileName, { follow: true });
      return file === undefined ? [] : [{ file, path: fileName, keptFrom: 0, above: [], inside: [] }];
    },
  };
}

function badChecksum(checksum: string, form: string): LadingError {
  return new LadingError('BUILD_INVALID', `Cannot use --checksum=${checksum}: it has to be ${form}`);
}
