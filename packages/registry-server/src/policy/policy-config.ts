import { severities } from '@lading/facts';
import { type Static, Type } from 'typebox';
import { patternFault } from '../access/repository-pattern.ts';
import {
  bytesText,
  type ConfigSection,
  closed,
  defineSection,
  durationText,
  parseBytes,
  parseDuration,
} from '../config/config-section.ts';
import { attachmentsText } from '../scan/scan-config.ts';
import type { PolicyRule, ScanRule } from './policy-rules.ts';

/** What may happen in which repository, and how long what is not needed stays. Plain data, so that jobs in other threads have the same. */
export interface PolicyConfig {
  readonly rules: readonly PolicyRule[];
  /** What was removed can be restored for so long; 0: not at all. */
  readonly trashMs: number;
  /** A blob that a client was told is here stays for so long, whether anything refers to it or not. */
  readonly leaseMs: number;
  /** Content stays for so long after its last repository lost it. */
  readonly graceMs: number;
  /** An upload that nobody went on with for so long is removed. */
  readonly uploadsMs: number;
}

const patterns = Type.Array(Type.String(), { minItems: 1, title: 'a list of patterns' });
const immutable = Type.Union(
  [Type.Boolean(), patterns, closed({ tags: Type.Optional(patterns), except: Type.Optional(patterns) })],
  { title: 'true, a list of tag patterns, or {tags: […], except: […]}' },
);
const quota = Type.Union([bytesText, closed({ each: Type.Optional(bytesText), total: Type.Optional(bytesText) })], {
  title: 'an amount such as 10GB for each repository, or {each: 10GB, total: 1TB}',
});
const tagRetention = closed({
  match: Type.Optional(patterns),
  newest: Type.Optional(Type.Integer({ minimum: 0 })),
  'moved-within': Type.Optional(durationText),
  'pulled-within': Type.Optional(durationText),
});
const retention = closed({
  protect: Type.Optional(patterns),
  tags: Type.Optional(Type.Array(tagRetention)),
  untagged: Type.Optional(durationText),
});
const scan = closed({
  enabled: Type.Optional(Type.Boolean()),
  attach: Type.Optional(attachmentsText),
  block: Type.Optional(
    Type.Union(
      severities.map((severity) => Type.Literal(severity)),
      { title: severities.join(', ') },
    ),
  ),
  unscanned: Type.Optional(Type.Union([Type.Literal('allow'), Type.Literal('deny')], { title: 'allow or deny' })),
  grace: Type.Optional(durationText),
});
const rule = closed({
  repositories: patterns,
  immutable: Type.Optional(immutable),
  retention: Type.Optional(retention),
  quota: Type.Optional(quota),
  'media-types': Type.Optional(patterns),
  'artifact-types': Type.Optional(patterns),
  sparse: Type.Optional(Type.Boolean()),
  scan: Type.Optional(scan),
});
const schema = closed({
  rules: Type.Optional(Type.Array(rule)),
  trash: Type.Optional(durationText),
  lease: Type.Optional(durationText),
  grace: Type.Optional(durationText),
  uploads: Type.Optional(durationText),
});

export const policySection: ConfigSection<PolicyConfig> = defineSection('policies', schema, (value = {}, source) => ({
  rules: (value.rules ?? []).map((given, index): PolicyRule => {
    for (const [at, pattern] of given.repositories.entries()) {
      const fault = patternFault(pattern);
      if (fault !== undefined) {
        throw source.fail(
          ['policies', 'rules', index, 'repositories', at],
          `the pattern ${JSON.stringify(pattern)} ${fault}`,
        );
      }
    }
    const { immutable, quota, retention } = given;
    return {
      repositories: given.repositories,
      immutable: immutable === undefined || immutable === false ? noneFixed(immutable) : fixedTags(immutable),
      quota:
        quota === undefined
          ? undefined
          : typeof quota === 'string'
            ? { eachBytes: parseBytes(quota) }
            : { eachBytes: bytes(quota.each), totalBytes: bytes(quota.total) },
      retention: retention && {
        protect: retention.protect ?? [],
        tags: (retention.tags ?? []).map((tags) => ({
          match: tags.match ?? ['*'],
          newest: tags.newest,
          movedWithinMs: duration(tags['moved-within']),
          pulledWithinMs: duration(tags['pulled-within']),
        })),
        untaggedMs: duration(retention.untagged),
      },
      mediaTypes: given['media-types'],
      artifactTypes: given['artifact-types'],
      sparse: given.sparse,
      scan: given.scan && scanRule(given.scan),
    };
  }),
  trashMs: parseDuration(value.trash ?? '7d'),
  leaseMs: parseDuration(value.lease ?? '1d'),
  graceMs: parseDuration(value.grace ?? '1h'),
  uploadsMs: parseDuration(value.uploads ?? '1d'),
}));

function fixedTags(
  value:
    | true
    | readonly string[]
    | { readonly tags?: readonly string[] | undefined; readonly except?: readonly string[] | undefined },
): PolicyRule['immutable'] {
  if (value === true) return { tags: ['*'], except: [] };
  if (isList(value)) return { tags: value, except: [] };
  return { tags: value.tags ?? ['*'], except: value.except ?? [] };
}

function scanRule({ enabled, attach, block, unscanned, grace }: Static<typeof scan>): ScanRule {
  return { enabled, attach, block, unscanned: unscanned ?? 'allow', graceMs: duration(grace) ?? 0 };
}

/** `false` is said, and so ends the search for a rule that says something. */
function noneFixed(value: false | undefined): PolicyRule['immutable'] {
  return value === undefined ? undefined : { tags: [], except: [] };
}

function isList(value: readonly string[] | object): value is readonly string[] {
  return Array.isArray(value);
}

function duration(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}

function bytes(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseBytes(text);
}
