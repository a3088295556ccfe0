import { mkdir, readdir, readFile, realpath, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeJson } from '@lading/oci';
import { ContentFolders } from '../directory/content-folders.ts';
import { DirectoryContent } from '../directory/directory-content.ts';
import type { DirectoryStore } from '../directory/directory-store.ts';
import { hasErrno, replaceFile } from '../internal/durable-file.ts';
import { makeFolder } from '../internal/make-folder.ts';
import type { Repository } from '../reference-store.ts';
import { emptyIndex, LayoutIndex } from './layout-index.ts';
import { LayoutReferences } from './layout-references.ts';
import { layoutInvalid, parseLayoutVersion } from './parse-layout.ts';

/** A folder in the form of OCI image-spec 1.1 §image-layout: what skopeo calls `oci:<path>:<tag>`. */
export interface OciLayout extends Repository {
  /** Absolute. */
  readonly path: string;
  readonly content: Omit<DirectoryStore, 'root'>;
}

export interface OpenOciLayoutOptions {
  /** Makes a layout of an empty or absent folder. */
  readonly create?: boolean;
}

/** Opens a layout. Nothing has to be closed. Throws LAYOUT_INVALID, which names the file and the JSON path. */
export async function openOciLayout(path: string, options: OpenOciLayoutOptions = {}): Promise<OciLayout> {
  const created = options.create === true && (await create(path));
  const root = await realpath(path).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) throw layoutInvalid(path, 'the folder does not exist', error);
    throw error;
  });
  const index = new LayoutIndex(root);
  if (!created) {
    const version = await readFile(join(root, 'oci-layout')).catch((error: unknown) => {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) throw layoutInvalid(path, 'there is no file oci-layout', error);
      throw error;
    });
    parseLayoutVersion(version, root);
    await index.read();
  }
  // What is on its way lies in a folder that other programs do not look at, and that is removed whenever it is empty.
  const work = join(root, '.lading');
  const folders = new ContentFolders(join(root, 'blobs'), work, async () => {
    for (const folder of [folders.ingests, folders.claims, folders.leases, work]) await rmdir(folder).catch(() => {});
  });
  const content = new DirectoryContent(folders);
  const references = new LayoutReferences(content, index, join(root, '.index.json.lock'));
  return { name: `oci:${root}`, path: root, content, references };
}

/** True when the layout was made, false when there is one already. */
async function create(path: string): Promise<boolean> {
  await makeFolder(path);
  const names = (await readdir(path)).filter((name) => !name.startsWith('.'));
  if (names.includes('index.json')) return false;
  // A layout without index.json is one whose making was cut off.
  if (names.some((name) => name !== 'oci-layout' && name !== 'blobs')) {
    throw layoutInvalid(path, 'the folder holds other things and is not a layout');
  }
  await mkdir(join(path, 'blobs', 'sha256'), { recursive: true });
  await replaceFile(join(path, 'oci-layout'), encodeJson({ imageLayoutVersion: '1.0.0' }));
  await new LayoutIndex(path).write(emptyIndex);
  return true;
}
