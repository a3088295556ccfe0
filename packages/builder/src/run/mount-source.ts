import { digestOf } from '@lading/oci';
import type { Snapshot, Snapshots } from '@lading/runtime';
import { compareNames, type TarEntryInput, writeTar } from '@lading/tar';
import { type Selected, select } from '../copy/select.ts';
import { withContent } from '../copy/write.ts';
import type { FileSource } from '../file-source.ts';
import type { DockerfileSession, StepSession } from '../step/session.ts';

/** What a mount shows: a file or folder of the build context, a stage, an image or a named context. */
export interface MountSource {
  /** Names all that the source holds, where that is known without a look at its files. */
  readonly whole: string | undefined;
  /** Stands for what is shown: names, content, modes, owners and links. */
  fingerprint(): Promise<string>;
  /** The files on disk, and where in them the source lies. */
  snapshot(snapshots: Snapshots): Promise<{ readonly snapshot: Snapshot; readonly path: string }>;
  /** What is shown, with paths below it. */
  entries(): AsyncIterable<TarEntryInput>;
}

/** Finds nothing yet. Throws, when it is asked, BUILD_INVALID for a path that is not there. */
export function mountSource(session: StepSession & DockerfileSession, source: FileSource, path: string): MountSource {
  let selected: Promise<Selected> | undefined;
  const selection = (): Promise<Selected> => {
    selected ??= selectOne(source, path);
    return selected;
  };
  const files = async (): Promise<Selected['inside']> => {
    const { file, inside } = await selection();
    return (file.path === '' ? inside : [file, ...inside]).toSorted((a, b) => compareNames(a.path, b.path));
  };
  const fingerprint = async (): Promise<string> => source.identity.fingerprint(await files(), session);
  return {
    whole: source.identity.kind === 'whole' ? source.identity.id : undefined,
    fingerprint,

    async snapshot(snapshots) {
      const { layers } = source;
      if (layers !== undefined && layers.length > 0) {
        const opened = layers.map((layer) => ({ diffId: layer.diffId, open: () => layer.uncompressed(session) }));
        return { snapshot: await snapshots.ensure(opened, session), path };
      }
      // As the sources show them, whatever lies on disk: without what is ignored, with modes and owners as COPY would take them.
      const wanted = await files();
      const id = digestOf(JSON.stringify(['mount', session.epoch, (await selection()).file.path, await fingerprint()]));
      const tar = async () => writeTar(withContent(planned(wanted), source, session.spoolFolder, session), session);
      return { snapshot: await snapshots.ensureFiles(id, tar, session), path: `/${(await selection()).file.path}` };
    },

    async *entries() {
      const { file } = await selection();
      const start = file.path === '' ? 0 : file.path.length + 1;
      const wanted = planned(await files()).filter((entry) => entry.path.length > start);
      for await (const entry of withContent(wanted, source, session.spoolFolder, session))
        yield { ...entry, path: entry.path.slice(start) };
    },
  };
}

async function selectOne(source: FileSource, path: string): Promise<Selected> {
  // A path, not a pattern.
  const pattern = path.replace(/[*?[\\]/g, '\\$&');
  const [one] = await select(source, [pattern], { exclude: [], parents: false });
  if (one === undefined) throw new Error(`nothing was selected by ${path}`);
  return one;
}

function planned(files: Selected['inside']): Parameters<typeof withContent>[0] {
  return files.map((file) => {
    const { passage: _passage, contentId: _contentId, ...header } = file;
    return { ...header, from: file };
  });
}
