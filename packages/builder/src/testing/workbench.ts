import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { collect, type Io } from '@lading/bytes';
import type { FileNode } from '@lading/filetree';
import { copy, type Image, openArchive, openImage } from '@lading/image';
import type { Platform } from '@lading/oci';
import { inspectMachine, openSnapshots, type Snapshots } from '@lading/runtime';
import { createMemoryRepository, type Repository } from '@lading/store';
import { readTar } from '@lading/tar';
import { skipUnless, temporaryFolder, vector } from '@lading/testkit';
import { build } from '../build.ts';
import type { BuildEvent } from '../build-event.ts';
import { createFileSystems } from '../file-system.ts';
import type { BuildEnvironment, BuildRequest, BuildResult, BuiltImage } from '../request.ts';

export const linux: Platform = { os: 'linux', architecture: 'amd64' };

/** Larger files are shown without their content. */
const maxShown = 64 << 10;

/** A result, and of its first image what tests look at most. */
export type Built = BuildResult & Omit<BuiltImage, 'manifest'>;

export interface Workbench {
  readonly output: Repository;
  readonly cacheFolder: string;
  readonly events: BuildEvent[];
  /** What FROM and `--from` can name. */
  readonly images: Map<string, Image>;
  /** A new folder with these files; the text of a Dockerfile under the name of `Dockerfile`. */
  context(files: Readonly<Record<string, string>>): Promise<string>;
  build(context: string, request?: Partial<BuildRequest>, io?: Io): Promise<Built>;
  /** The root file system of what was built, by path: `0644 0:0 text`, `0755 0:0 /`, `-> target`. */
  files(result: Pick<BuildResult, 'manifest'>): Promise<Record<string, string>>;
  image(result: Pick<BuildResult, 'manifest'>): Promise<Image>;
  /** The paths of each layer as they stand in its archive. */
  layers(result: Pick<BuildResult, 'manifest'>): Promise<string[][]>;
  /** What temporary things are left in the cache. */
  leftovers(): Promise<string[]>;
}

export interface WorkbenchOptions {
  readonly output?: Repository;
  readonly cacheFolder?: string;
  readonly snapshots?: () => Promise<Snapshots>;
  /** Over what a build here has otherwise. */
  readonly environment?: Partial<BuildEnvironment>;
}

/** Builds into memory, for linux/amd64 and with the epoch 1 000 000 000 unless told; a RUN step fails unless snapshots are given. */
export async function workbench(t: TestContext, options: WorkbenchOptions = {}): Promise<Workbench> {
  const folder = await temporaryFolder(t);
  const { output = createMemoryRepository('built'), cacheFolder = join(folder, 'cache') } = options;
  const events: BuildEvent[] = [];
  const images = new Map<string, Image>();
  let contexts = 0;
  const image: Workbench['image'] = ({ manifest }) => openImage(output, manifest.digest, { platform: linux });
  return {
    output,
    cacheFolder,
    events,
    images,
    image,

    async context(files) {
      contexts += 1;
      const context = join(folder, `context-${contexts}`);
      await mkdir(context);
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(context, path)), { recursive: true });
        await writeFile(join(context, path), text);
      }
      return context;
    },

    async build(context, request = {}, io = {}) {
      const result = await build(
        { context, platforms: [linux], epoch: 1_000_000_000, ...request },
        {
          output,
          cacheFolder,
          snapshots: options.snapshots ?? (() => Promise.reject(new Error('nothing should run'))),
          resolveBase: async (name) => {
            const found = images.get(name);
            if (found === undefined) throw new Error(`no image ${name}`);
            return found;
          },
          onEvent: (event) => events.push(event),
          ...options.environment,
        },
        io,
      );
      const [first] = result.images;
      if (first === undefined) throw new Error('nothing was built');
      return { ...first, ...result };
    },

    async files(result) {
      const { layers } = await image(result);
      const system = await createFileSystems().open(layers);
      const nodes = [...system.tree.walk()];
      const shown: Record<string, string> = {};
      for (const node of nodes) shown[node.path] = describe(node);
      const full = nodes.filter((node) => node.type === 'file' && node.size > 0 && node.size < maxShown);
      for (const node of full)
        for await (const [, content] of system.read([node]))
          shown[node.path] += (await collect(content, { maxBytes: maxShown, what: node.path })).toString('utf8');
      return shown;
    },

    async layers(result) {
      const paths: string[][] = [];
      for (const layer of (await image(result)).layers) {
        const entries: string[] = [];
        for await (const entry of readTar(await layer.uncompressed())) entries.push(entry.path);
        paths.push(entries);
      }
      return paths;
    },

    leftovers: () => readdir(join(cacheFolder, 'spool')).catch(() => []),
  };
}

function describe(node: FileNode): string {
  if (node.type === 'symlink') return `-> ${node.linkPath}`;
  const owned = `${node.mode.toString(8).padStart(4, '0')} ${node.uid}:${node.gid}`;
  return node.type === 'file' ? `${owned} ` : `${owned} ${node.type === 'directory' ? '/' : node.type}`;
}

/** A workbench that can run steps on `alpine`, the Alpine 3.11 test vector; undefined after skipping the test. */
export async function alpineWorkbench(
  t: TestContext,
  options: Omit<WorkbenchOptions, 'snapshots'> = {},
): Promise<(Workbench & { readonly snapshots: Snapshots }) | undefined> {
  const archive = vector(t, 'images/alpine-311.docker-archive.tar.gz');
  if (archive === undefined) return undefined;
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lading-test-')));
  let opened: Snapshots | undefined;
  t.after(async () => {
    // What belongs to subordinate ids can be removed inside the user namespace only.
    await opened?.prune({ keep: () => false });
    await rm(folder, { recursive: true, force: true });
  });
  const machine = await inspectMachine({ folder });
  const able = machine.mapping !== undefined && machine.overlay && machine.engines.length > 0;
  if (!skipUnless(t, able, `containers: ${machine.problems.map(({ why }) => why).join('; ')}`)) return undefined;
  const snapshots = await openSnapshots(join(folder, 'snapshots'), { machine });
  opened = snapshots;
  const bench = await workbench(t, { ...options, snapshots: async () => snapshots });
  const alpine = await openArchive(archive);
  try {
    const [first] = alpine.images;
    if (first === undefined) throw new Error(`${archive} holds no image`);
    await copy(alpine.repository, bench.output, { from: first.descriptor.digest });
    bench.images.set('alpine', await openImage(bench.output, first.descriptor.digest, { platform: linux }));
  } finally {
    await alpine.close();
  }
  return Object.assign(bench, { snapshots });
}

/** The system's tar, for archives that ADD unpacks. */
export function tarOf(folder: string, archive: string, flags: string, members: readonly string[]): void {
  execFileSync('tar', ['-C', folder, `-c${flags}f`, archive, '--owner=0', '--group=0', ...members]);
}
