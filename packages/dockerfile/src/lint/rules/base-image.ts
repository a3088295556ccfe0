import { nearest } from '@lading/errors';
import { replacing } from '../edit.ts';
import { globalArgs } from '../global-args.ts';
import { parseImageName } from '../image-name.ts';
import type { Complaint, Rule } from '../rule.ts';
import { trackedExpand } from '../tracked-expand.ts';

const undefinedArgInFrom: Rule = {
  name: 'UndefinedArgInFrom',
  level: 'warning',
  origin: 'buildkit',
  summary: 'FROM command must use declared ARGs',
  help: 'An argument that is not declared is empty. Declare it with ARG above the first FROM.',
  example: {
    bad: 'FROM alpine:3.20$VARIANT',
    good: 'ARG VARIANT=\nFROM alpine:3.20$VARIANT',
  },
  *check({ dockerfile, global }) {
    for (const { from } of dockerfile.stages) {
      const flag = from.flags.find(({ text }) => text.startsWith('--platform='));
      const places = [
        { text: from.image, span: from.words[0]?.span ?? from.span },
        ...(flag === undefined ? [] : [{ text: from.platform ?? '', span: flag.span }]),
      ];
      for (const { text, span } of places) {
        for (const name of trackedExpand(text, global.look, dockerfile.directives.escape).missing) {
          if (global.names.has(name)) continue;
          const meant = nearest(name, global.names);
          const message = `FROM argument '${name}' is not declared`;
          yield { message: meant === undefined ? message : `${message} (did you mean ${meant}?)`, span };
        }
      }
    }
  },
};

const invalidDefaultArgInFrom: Rule = {
  name: 'InvalidDefaultArgInFrom',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Default value for global ARG results in an empty or invalid base image name',
  help: 'A build without --build-arg should work. Give the ARG a default, or the FROM one with the modifier :-.',
  example: { bad: 'ARG TAG\nFROM alpine:$TAG', good: 'ARG TAG=3.20\nFROM alpine:$TAG' },
  *check({ dockerfile, knowledge }) {
    const { look } = globalArgs(dockerfile, {}, knowledge.platform);
    for (const { from } of dockerfile.stages) {
      const { text } = trackedExpand(from.image, look, dockerfile.directives.escape);
      if (text === undefined || parseImageName(text) !== undefined) continue;
      const message = `Default value for ARG ${from.image} results in empty or invalid base image name`;
      yield { message, span: from.words[0]?.span ?? from.span };
    }
  },
};

const redundantTargetPlatform: Rule = {
  name: 'RedundantTargetPlatform',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior',
  help: 'Every stage is for the target platform unless --platform says otherwise.',
  example: {
    bad: 'FROM --platform=$TARGETPLATFORM alpine:3.20',
    good: 'FROM --platform=$BUILDPLATFORM alpine:3.20',
  },
  *check({ dockerfile, source }) {
    for (const { from } of dockerfile.stages) {
      const flag = from.flags.find(({ text }) => text.startsWith('--platform='));
      if (flag === undefined || !/^\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})$/.test(from.platform ?? '')) continue;
      const [image] = from.words;
      const end = image !== undefined && image.span.start.line === flag.span.end.line ? image.span.start : undefined;
      const fix =
        end === undefined || source.text.slice(flag.span.end.offset, end.offset).trim() !== ''
          ? undefined
          : replacing('Leave the flag out', { start: flag.span.start, end }, '');
      const message = `Setting platform to predefined ${from.platform} in FROM is redundant as this is the default behavior`;
      yield { message, span: flag.span, fix };
    }
  },
};

const fromPlatformFlagConstDisallowed: Rule = {
  name: 'FromPlatformFlagConstDisallowed',
  level: 'warning',
  origin: 'buildkit',
  summary: 'FROM --platform flag should not use a constant value',
  help: 'The image is then for that platform whatever the build asks for. Use $BUILDPLATFORM for tools, leave it out for what is shipped, or name the stage after the platform.',
  example: {
    bad: 'FROM --platform=linux/amd64 alpine:3.20 AS app',
    good: 'FROM --platform=linux/amd64 alpine:3.20 AS app-amd64',
  },
  *check({ dockerfile }) {
    for (const { from, name = '' } of dockerfile.stages) {
      const flag = from.flags.find(({ text }) => text.startsWith('--platform='));
      if (flag === undefined || from.platform === undefined || from.platform.includes('$')) continue;
      const parts = from.platform.split('/');
      if (!parts.every((part) => /^[A-Za-z0-9_.-]+$/.test(part)) || parts.some((part) => name.includes(part))) continue;
      const message = `FROM --platform flag should not use constant value ${JSON.stringify(from.platform)}`;
      yield { message, span: flag.span };
    }
  },
};

const invalidBaseImagePlatform: Rule = {
  name: 'InvalidBaseImagePlatform',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Base image platform does not match expected target platform',
  help: 'What is built runs under emulation, or not at all. Choose a base that exists for the platform. Found only where the base is at hand.',
  example: { bad: 'FROM example.org/arm-only:1', good: 'FROM scratch' },
  check({ stages, dockerfile, global }) {
    const target = global.look('TARGETPLATFORM') ?? '';
    return stages.flatMap(({ stage: { from }, image, baseConfig }): Complaint[] => {
      const actual = baseConfig?.platform;
      const wanted =
        from.platform === undefined
          ? target
          : trackedExpand(from.platform, global.look, dockerfile.directives.escape).text;
      const [os, architecture] = wanted?.split('/') ?? [];
      if (actual === undefined || os === undefined || architecture === undefined) return [];
      if (actual.os === os && actual.architecture === architecture) return [];
      const written = `"${actual.os}/${actual.architecture}"`;
      const message = `Base image ${image} was pulled with platform ${written}, expected "${wanted}" for current build`;
      return [{ message, span: from.words[0]?.span ?? from.span }];
    });
  },
};

export const baseImageRules: readonly Rule[] = [
  undefinedArgInFrom,
  invalidDefaultArgInFrom,
  redundantTargetPlatform,
  fromPlatformFlagConstDisallowed,
  invalidBaseImagePlatform,
];
