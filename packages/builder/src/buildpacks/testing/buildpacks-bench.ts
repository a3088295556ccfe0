import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Io } from '@lading/bytes';
import { type Image, layerOf, openImage, writeImage, writeLayer } from '@lading/image';
import type { ExecutionConfig } from '@lading/oci';
import { resolveUser, type Snapshots } from '@lading/runtime';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { temporaryFolder } from '@lading/testkit';
import { alpineWorkbench, linux, type Workbench, type WorkbenchOptions } from '../../testing/workbench.ts';
import { buildWithBuildpacks } from '../build-with-buildpacks.ts';
import { fileEntry, folderEntry } from '../folder-entries.ts';
import type { BuildpacksRequest, BuildpacksResult } from '../request.ts';

export interface BuildpacksBench extends Workbench {
  readonly snapshots: Snapshots;
  /** A folder with a buildpack of API 0.12 whose programs are these shell scripts. */
  buildpack(
    id: string,
    scripts: { readonly detect?: string; readonly build?: string; readonly toml?: string },
  ): Promise<string>;
  /** An image on `alpine`; the files are put on it. */
  derive(name: string, config: ExecutionConfig, files?: Readonly<Record<string, string | Uint8Array>>): Promise<Image>;
  pack(context: string, request: Partial<BuildpacksRequest>, io?: Io): Promise<BuildpacksResult>;
  /** Starts a process of the image and gives what it printed. */
  run(
    image: Image,
    options?: { readonly entrypoint?: string; readonly args?: readonly string[]; readonly env?: readonly string[] },
  ): Promise<{ code: number; output: string }>;
}

const root = { uid: 0, gid: 0 };

/** Builds on the Alpine test vector as the images `build` and `run`. Undefined after skipping the test. */
export async function buildpacksBench(
  t: TestContext,
  options: Pick<WorkbenchOptions, 'cacheFolder' | 'environment'> = {},
): Promise<BuildpacksBench | undefined> {
  const bench = await alpineWorkbench(t, options);
  if (bench === undefined) return undefined;
  const folder = await temporaryFolder(t);
  const alpine = bench.images.get('alpine') as Image;
  // Without subordinate ids there is only root in a container.
  const id = bench.snapshots.machine.mapping === 'single' ? '0' : '1000';

  const derive: BuildpacksBench['derive'] = async (name, config, files = {}) => {
    const entries: TarEntryInput[] = Object.entries(files).flatMap(([path, text]) => {
      const parts = path.split('/').slice(0, -1);
      const above = parts.map((_, index) => folderEntry(parts.slice(0, index + 1).join('/'), root));
      return [
        ...above,
        fileEntry(
          path,
          root,
          text,
          Buffer.from(text)
            .toString('latin1', 0, 4)
            .match(/^(#!|\x7fELF)/)
            ? 0o755
            : 0o644,
        ),
      ];
    });
    const { descriptor, diffId } = await writeLayer(bench.output, writeTar(entries));
    const added = entries.length === 0 ? [] : [layerOf(bench.output.content, descriptor, diffId)];
    const { config: base, layers } = alpine;
    const manifest = await writeImage(bench.output, {
      config: {
        ...{ architecture: base.architecture, os: base.os, config: { ...base.config, ...config } },
        rootfs: { type: 'layers', diff_ids: [...layers, ...added].map((layer) => layer.diffId) },
        history: [...layers, ...added].map(() => ({ created_by: name })),
      },
      layers: [...layers, ...added].map((layer) => layer.descriptor),
    });
    const image = await openImage(bench.output, manifest, { platform: linux });
    bench.images.set(name, image);
    return image;
  };
  const path = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';
  await derive('build', { User: id, Env: [path, `CNB_USER_ID=${id}`, `CNB_GROUP_ID=${id}`, 'HIDDEN=yes'] });
  await derive(
    'run',
    { User: id, Env: [path, 'SHOWN=yes'], Labels: { 'io.buildpacks.base.maintainer': 'example.org' } },
    { 'etc/run': 'one\n' },
  );

  let number = 0;
  return {
    ...bench,
    derive,

    async buildpack(id, { detect = 'exit 0', build = 'exit 0', toml = '' }) {
      number += 1;
      const place = join(folder, String(number));
      const files = {
        'buildpack.toml': `api = "0.12"\n[buildpack]\nid = "${id}"\nversion = "1.0.0"\n${toml}`,
        'bin/detect': `#!/bin/sh\n${detect}\n`,
        'bin/build': `#!/bin/sh\nset -e\n${build}\n`,
      };
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(place, name)), { recursive: true });
        await writeFile(join(place, name), text);
        if (name.startsWith('bin/')) await chmod(join(place, name), 0o755);
      }
      return place;
    },

    pack: (context, request, io = {}) =>
      buildWithBuildpacks(
        {
          context,
          buildImage: 'build',
          runImage: 'run',
          network: 'none',
          platform: linux,
          epoch: 1_000_000_000,
          ...request,
        },
        {
          output: bench.output,
          cacheFolder: bench.cacheFolder,
          snapshots: async () => bench.snapshots,
          resolveBase: async (name) => bench.images.get(name) ?? Promise.reject(new Error(`no image ${name}`)),
          onEvent: (event) => bench.events.push(event),
          ...options.environment,
        },
        io,
      ),

    async run({ layers, config }, { entrypoint, args = [], env = [] } = {}) {
      const sources = layers.map((layer) => ({ diffId: layer.diffId, open: () => layer.uncompressed() }));
      const scratch = await bench.snapshots.begin(await bench.snapshots.ensure(sources));
      let output = '';
      const print = (chunk: Uint8Array): void => {
        output += Buffer.from(chunk).toString('utf8');
      };
      try {
        const { Env = [], Entrypoint = [], WorkingDir = '/', User = '' } = config.config ?? {};
        const status = await scratch.run({
          argv: [...(entrypoint === undefined ? Entrypoint : [entrypoint]), ...args],
          ...{ env: [...Env, ...env], cwd: WorkingDir, network: 'none', stdout: print, stderr: print },
          user: resolveUser(User, '', ''),
        });
        return { code: status.code, output };
      } finally {
        await scratch.discard();
      }
    },
  };
}
