import type { Span } from '../../span.ts';
import { type ImageName, parseImageName } from '../image-name.ts';
import { installationOf, type PackageManager } from '../package-managers.ts';
import type { Complaint, Rule } from '../rule.ts';
import type { LintStage } from '../subject.ts';

/** Stages that start from an image of a registry, with its reference. */
function* bases(stages: readonly LintStage[]): Iterable<ImageName & { readonly image: string; readonly span: Span }> {
  for (const { stage, image, base } of stages) {
    if (base !== undefined || image === 'scratch') continue;
    const name = parseImageName(image);
    if (name !== undefined) yield { ...name, image, span: stage.from.words[0]?.span ?? stage.from.span };
  }
}

const latestBase: Rule = {
  name: 'LatestBase',
  level: 'warning',
  origin: 'lading',
  summary: 'A base image should be named with a version',
  help: 'latest is another image tomorrow, and may break the build or what it makes. Name a version, best with its digest.',
  example: { bad: 'FROM alpine', good: 'FROM alpine:3.20' },
  *check({ stages }) {
    for (const { tag, digest, name, span } of bases(stages)) {
      if (digest !== undefined || (tag !== undefined && tag !== 'latest')) continue;
      const how = tag === undefined ? 'has no tag, which means latest' : 'is named with latest';
      yield { message: `The base ${name} ${how}`, span };
    }
  },
};

const baseWithoutDigest: Rule = {
  name: 'BaseWithoutDigest',
  level: 'hint',
  origin: 'lading',
  summary: 'A base image that is pinned by digest makes builds repeatable',
  help: 'Whoever owns the tag can move it. A lock file, or @sha256:… behind the tag, keeps the image that was tested.',
  example: {
    bad: 'FROM alpine:3.20',
    good: `FROM alpine:3.20@sha256:${'0123456789abcdef'.repeat(4)}`,
  },
  *check({ stages }) {
    for (const { digest, image, span } of bases(stages)) {
      if (digest === undefined) yield { message: `The base ${image} is not pinned by digest`, span };
    }
  },
};

function unpinned(kind: PackageManager['kind'], stages: readonly LintStage[]): Complaint[] {
  return stages.flatMap(({ runs }) =>
    runs.flatMap(({ commands, span }) =>
      commands.flatMap((command): Complaint[] => {
        const { manager, names = [] } = installationOf(command) ?? {};
        const says = (form?: RegExp): boolean => form !== undefined && command.args.some(({ text }) => form.test(text));
        if (manager?.kind !== kind || says(manager.elsewhere) || (manager.only && !says(manager.only))) return [];
        const loose = names.filter(
          ({ text, dynamic }) => !dynamic && /^@?[A-Za-z]/.test(text) && !manager.isPinned(text),
        );
        const [first] = loose;
        if (first === undefined) return [];
        const others = loose.length === 1 ? '' : ` and ${loose.length - 1} more`;
        return [{ message: `${first.text}${others}: no version is asked for`, span: span(first, loose.at(-1)) }];
      }),
    ),
  );
}

const unpinnedSystemPackage: Rule = {
  name: 'UnpinnedSystemPackage',
  level: 'hint',
  origin: 'lading',
  summary: 'Packages of the distribution can be named with their version',
  help: 'What is installed depends on the day of the build. Name versions, use a snapshot of the archive, or accept it: distributions keep only the newest.',
  example: {
    bad: 'FROM alpine:3.20\nRUN apk add --no-cache curl',
    good: 'FROM alpine:3.20\nRUN apk add --no-cache curl~=8.9',
  },
  check: ({ stages }) => unpinned('system', stages),
};

const unpinnedLanguagePackage: Rule = {
  name: 'UnpinnedLanguagePackage',
  level: 'info',
  origin: 'lading',
  summary: 'Packages of a language should be named with their version',
  help: 'The newest release gets in unseen, a malicious one too. Name a version, or install from a lock file.',
  example: { bad: 'FROM python:3.12\nRUN pip install flask', good: 'FROM python:3.12\nRUN pip install flask==3.0.3' },
  check: ({ stages }) => unpinned('language', stages),
};

export const pinningRules: readonly Rule[] = [
  latestBase,
  baseWithoutDigest,
  unpinnedSystemPackage,
  unpinnedLanguagePackage,
];
