import { formatPlatform, isManifestType } from '@lading/oci';
import { type FoundImage, fullName } from './find-image.ts';
import { type HistoryLine, historyOf } from './history-lines.ts';

/** What `lading inspect --json` shows. Fields that an image does not have are absent. */
export interface Inspection {
  readonly name: string;
  readonly source: 'local' | 'registry' | 'oci' | 'oci-archive' | 'docker-archive';
  /** Of what the name stands for: the index where it is one. */
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType?: string;
  /** What an index lists. */
  readonly manifests?: readonly {
    readonly digest: string;
    readonly mediaType: string;
    readonly size: number;
    readonly platform?: string;
    readonly artifactType?: string;
  }[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The image of the chosen platform. */
  readonly image?: InspectedImage;
}

export interface InspectedImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly platform: string;
  /** RFC 3339. */
  readonly created?: string;
  readonly author?: string;
  /** Bytes of manifest, config and layers as they are stored. */
  readonly size: number;
  readonly config: { readonly digest: string; readonly size: number };
  /** From the lowest up. */
  readonly layers: readonly (NonNullable<HistoryLine['layer']> & { readonly instruction?: string })[];
  readonly user?: string;
  readonly workingDir?: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: readonly string[];
  readonly exposedPorts?: readonly string[];
  readonly volumes?: readonly string[];
  readonly stopSignal?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function inspect(found: FoundImage): Inspection {
  const { location, document, image } = found;
  const { descriptor, value } = document;
  const { artifactType, annotations } = value;
  const manifests =
    document.kind === 'index' ? document.value.manifests.filter(({ mediaType }) => isManifestType(mediaType)) : [];
  return {
    name: fullName(location),
    source: location.transport,
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(document.kind !== 'index'
      ? {}
      : {
          manifests: manifests.map(({ digest, mediaType, size, platform, artifactType: type }) => ({
            digest,
            mediaType,
            size,
            ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
            ...(type === undefined ? {} : { artifactType: type }),
          })),
        }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(image === undefined ? {} : { image: inspectImage(image) }),
  };
}

function inspectImage(image: NonNullable<FoundImage['image']>): InspectedImage {
  const { descriptor, manifest, config, layers } = image;
  const { created, author, config: execution = {} } = config;
  const { User, WorkingDir, Entrypoint, Cmd, Env, ExposedPorts, Volumes, StopSignal, Labels } = execution;
  const size = layers.reduce((sum, layer) => sum + layer.descriptor.size, descriptor.size + manifest.config.size);
  const all = {
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    platform: formatPlatform(image.platform),
    created,
    author,
    size,
    config: { digest: manifest.config.digest, size: manifest.config.size },
    layers: historyOf(image).flatMap(({ layer, instruction }) =>
      layer === undefined ? [] : [{ ...layer, ...(instruction === undefined ? {} : { instruction }) }],
    ),
    user: User === '' ? undefined : User,
    workingDir: WorkingDir === '' ? undefined : WorkingDir,
    entrypoint: Entrypoint,
    cmd: Cmd,
    env: Env,
    exposedPorts: ExposedPorts && Object.keys(ExposedPorts),
    volumes: Volumes && Object.keys(Volumes),
    stopSignal: StopSignal,
    labels: Labels,
    annotations: manifest.annotations,
  };
  return withoutAbsent(all);
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out members that are undefined, so that absent means absent. */
function withoutAbsent<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>; // exactly that
}
