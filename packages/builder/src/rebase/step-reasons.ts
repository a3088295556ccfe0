import type { Io } from '@lading/bytes';
import { readLayer } from '@lading/filetree';
import type { Image } from '@lading/image';
import { workingDirectory } from '../dockerfile/metadata.ts';
import { createFileSystems, type FileSystem } from '../file-system.ts';
import { keywordOf, type WithUser } from './inherited.ts';
import { type LayerOrigin, pathConflicts } from './path-conflicts.ts';

/** How a step did what it did. `linked`: as if on nothing; `config`: without looking at files. */
export type StepKind = 'linked' | LayerOrigin | 'config' | 'unknown';

export interface StepReasonsOptions {
  /** Whether `COPY --link` in the history means what it says. */
  readonly linksHold: boolean;
  /** Does not look into layers that a process made. */
  readonly force?: boolean | undefined;
}

/** The file systems of both bases, opened when they are asked for. */
export interface Trees {
  before(): Promise<FileSystem>;
  after(): Promise<FileSystem>;
}

export function openTrees(base: Pick<Image, 'layers'>, onto: Pick<Image, 'layers'>, io: Io): Trees {
  const systems = createFileSystems();
  return { before: () => systems.open(base.layers, io), after: () => systems.open(onto.layers, io) };
}

/** Why what a step did would be something else on the new base; also a step that changed nothing might change something there. */
export async function stepReasons(
  step: WithUser,
  { linksHold, force = false }: StepReasonsOptions,
  trees: Trees,
  io: Io,
): Promise<{ readonly kind: StepKind; readonly reasons: readonly string[] }> {
  const kind = kindOf(step, linksHold);
  switch (kind) {
    case 'config':
      return { kind, reasons: [] };
    case 'unknown':
      return { kind, reasons: ['nothing says how it was made'] };
    case 'linked':
      return { kind, reasons: await ownerReasons(step, trees, io) };
    case 'process': {
      const why = 'what a RUN gives may depend on anything in its base';
      return { kind, reasons: force ? [why] : [why, ...(await conflictsOf(step, trees, kind, io))] };
    }
    case 'files':
      return {
        kind,
        reasons: [
          ...(await ownerReasons(step, trees, io)),
          ...(await folderReasons(step, trees)),
          ...(await conflictsOf(step, trees, kind, io)),
        ],
      };
  }
}

function kindOf({ text = '', layer }: WithUser, linksHold: boolean): StepKind {
  switch (keywordOf(text)) {
    case 'COPY':
    case 'ADD': {
      const [, flags = ''] = /^[A-Za-z]+((?:\s+--\S+)*)/.exec(text) ?? [];
      return linksHold && /\s--link(?:=true)?(?:\s|$)/.test(flags) ? 'linked' : 'files';
    }
    case 'WORKDIR':
      return 'files';
    case 'RUN':
      return 'process';
    default:
      return layer === undefined ? 'config' : 'unknown';
  }
}

/** Owners are taken from the base: names are looked up in it, and the folder of a WORKDIR is the user's. */
async function ownerReasons({ text = '', user, userDiffers }: WithUser, trees: Trees, io: Io): Promise<string[]> {
  const isWorkdir = keywordOf(text) === 'WORKDIR';
  if (isWorkdir && userDiffers) return ['its folder belongs to the USER of the base, which the new base has otherwise'];
  const owner = isWorkdir ? user : /\s--chown=(\S+)/.exec(text)?.[1];
  if (owner === undefined || /^(?:\d+(?::\d+)?)?$/.test(owner)) return [];
  const [before, after] = [await trees.before(), await trees.after()];
  for (const path of ['etc/passwd', 'etc/group']) {
    if ((await before.text(path, io)) !== (await after.text(path, io)))
      return [`it belongs to ${owner}, and the new base has another /${path}`];
  }
  return [];
}

/** A folder that was there already has to be there again. */
async function folderReasons({ parsed, layer }: WithUser, trees: Trees): Promise<string[]> {
  if (parsed?.keyword !== 'WORKDIR' || layer !== undefined || !parsed.path.startsWith('/')) return [];
  const path = workingDirectory({}, parsed.path);
  const [before, after] = [(await trees.before()).tree.lookup(path), (await trees.after()).tree.lookup(path)];
  // One that an earlier layer of the image brought comes with it.
  return before !== undefined && after?.type !== 'directory' ? [`the new base has no folder ${path}`] : [];
}

/** More paths than this are counted. */
const maxPaths = 5;

async function conflictsOf({ layer }: WithUser, trees: Trees, origin: LayerOrigin, io: Io): Promise<string[]> {
  if (layer === undefined) return [];
  const tree = await readLayer(await layer.uncompressed(io), io);
  const conflicts = pathConflicts(tree, (await trees.before()).tree, (await trees.after()).tree, origin);
  const rest = conflicts.length - maxPaths;
  return rest > 0 ? [...conflicts.slice(0, maxPaths), `and ${rest} more paths`] : [...conflicts];
}
