import { type TLiteral, type TUnion, Type } from 'typebox';
import {
  bytesText,
  type ConfigSection,
  closed,
  defineSection,
  durationText,
  parseBytes,
  parseDuration,
} from '../config/config-section.ts';
import { parseRemote, type RemoteRegistry, remoteProperties } from '../upstream/remote-registry.ts';

/** How a registry looks into its images. Plain data, so that jobs and threads have the same. */
export interface ScanConfig {
  readonly enabled: boolean;
  /** What vulnerabilities are found by; only packages, secrets and configuration are looked at without. */
  readonly advisories?: AdvisoriesPlace | undefined;
  readonly secrets: boolean;
  /** A file of rules that say what does not count. */
  readonly ignoreFile?: string | undefined;
  /** What becomes a referrer of the image. */
  readonly attach: Attachments;
  /** How many layers are read at the same time. */
  readonly threads: number;
  /** Bytes that facts take at most. */
  readonly factsBytes: number;
}

export type Attachments = 'off' | 'sbom' | 'all';

export type AdvisoriesPlace =
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'artifact';
      /** Undefined: in this registry. */
      readonly remote?: RemoteRegistry | undefined;
      readonly repository: string;
      readonly tag: string;
      /** How long it is used before it is looked for a newer one. */
      readonly refreshMs: number;
    };

/** A value of `attach`. */
export const attachmentsText: TUnion<[TLiteral<'off'>, TLiteral<'sbom'>, TLiteral<'all'>]> = Type.Union(
  [Type.Literal('off'), Type.Literal('sbom'), Type.Literal('all')],
  {
    title: 'off, sbom or all',
  },
);

const schema = closed({
  enabled: Type.Optional(Type.Boolean()),
  advisories: Type.Optional(
    Type.Union(
      [
        Type.String(),
        closed({
          repository: Type.String({ minLength: 1 }),
          tag: Type.Optional(Type.String()),
          refresh: Type.Optional(durationText),
          from: Type.Optional(closed(remoteProperties)),
        }),
      ],
      { title: 'a file, or {repository: …, tag: latest, refresh: 1h}' },
    ),
  ),
  secrets: Type.Optional(Type.Boolean()),
  ignore: Type.Optional(Type.String()),
  attach: Type.Optional(attachmentsText),
  threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
  facts: Type.Optional(bytesText),
});

export const scanSection: ConfigSection<ScanConfig> = defineSection('scan', schema, async (value, source) => {
  const { advisories, ignore } = value ?? {};
  return {
    // A section that is there is meant.
    enabled: value?.enabled ?? value !== undefined,
    advisories:
      advisories === undefined
        ? undefined
        : typeof advisories === 'string'
          ? { kind: 'file', path: source.file(advisories) }
          : {
              kind: 'artifact',
              repository: advisories.repository,
              tag: advisories.tag ?? 'latest',
              refreshMs: parseDuration(advisories.refresh ?? '1h'),
              remote: advisories.from && (await parseRemote(advisories.from, source, ['scan', 'advisories', 'from'])),
            },
    secrets: value?.secrets ?? true,
    ignoreFile: ignore === undefined ? undefined : source.file(ignore),
    attach: value?.attach ?? 'all',
    threads: value?.threads ?? 1,
    factsBytes: parseBytes(value?.facts ?? '10GB'),
  };
});
