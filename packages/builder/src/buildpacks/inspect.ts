import type { Image } from '@lading/image';
import { processFolder } from './launcher.ts';
import { labels, readBuildMetadata, readLifecycleMetadata } from './metadata.ts';

/** What the labels of an image say that buildpacks built. */
export interface BuildpacksImage {
  readonly buildpacks: readonly {
    readonly id: string;
    readonly version: string;
    readonly homepage?: string | undefined;
  }[];
  readonly processes: readonly {
    readonly type: string;
    readonly default: boolean;
    readonly command: readonly string[];
    readonly args: readonly string[];
    readonly workingDirectory: string;
    readonly buildpack: string;
  }[];
  readonly runImage: {
    readonly image?: string | undefined;
    readonly mirrors: readonly string[];
    readonly reference: string;
    readonly topLayer: string;
  };
  readonly rebasable: boolean;
  readonly execEnv: string;
  /** Where each layer above the run image is from: `samples/node:modules`, `app`, `launcher`. */
  readonly layers: readonly { readonly name: string; readonly diffId: string }[];
}

/** Undefined for an image that buildpacks did not build. Throws BUILDPACK_INVALID for damaged labels. */
export function inspectBuildpacksImage({ config }: Pick<Image, 'config'>): BuildpacksImage | undefined {
  const { Labels, Entrypoint, WorkingDir = '/' } = config.config ?? {};
  const metadata = readLifecycleMetadata(Labels);
  if (metadata === undefined) return undefined;
  const build = readBuildMetadata(Labels);
  const { image, mirrors, reference, topLayer } = metadata.runImage;
  const ofBuildpacks = metadata.buildpacks.flatMap(({ key, layers }) =>
    Object.entries(layers ?? {}).map(([name, { sha }]) => ({ name: `${key}:${name}`, diffId: sha })),
  );
  const single = (['sbom', 'launcher', 'config', 'process-types'] as const).flatMap((name) => {
    const sha = metadata[name]?.sha;
    return sha === undefined || (sha as string) === '' ? [] : [{ name, diffId: sha }];
  });
  return {
    buildpacks: (build?.buildpacks ?? []).map(({ id, version, homepage }) => ({ id, version, homepage })),
    processes: (build?.processes ?? []).map((process) => ({
      type: process.type,
      default: Entrypoint?.[0] === `${processFolder}/${process.type}`,
      command: typeof process.command === 'string' ? [process.command] : process.command,
      args: process.args ?? [],
      workingDirectory: process['working-dir'] ?? WorkingDir,
      buildpack: process.buildpackID,
    })),
    runImage: { image, mirrors: mirrors ?? [], reference, topLayer },
    rebasable: Labels?.[labels.rebasable] !== 'false',
    execEnv: metadata['exec-env'] ?? 'production',
    layers: [...ofBuildpacks, ...metadata.app.map(({ sha }) => ({ name: 'app', diffId: sha })), ...single],
  };
}
