import { nearest } from '@lading/errors';
import type { Rule } from '../rule.ts';

const duplicateStageName: Rule = {
  name: 'DuplicateStageName',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Stage names should be unique',
  help: 'Of two stages with one name, only the last can be copied from. Give each its own.',
  example: {
    bad: 'FROM alpine:3.20 AS a\nFROM alpine:3.20 AS a',
    good: 'FROM alpine:3.20 AS a\nFROM alpine:3.20 AS b',
  },
  *check({ dockerfile }) {
    const seen = new Set<string>();
    for (const { name, from } of dockerfile.stages) {
      if (name === undefined) continue;
      if (seen.has(name)) {
        const span = from.words[2]?.span ?? from.span;
        yield { message: `Duplicate stage name ${JSON.stringify(name)}, stage names should be unique`, span };
      }
      seen.add(name);
    }
  },
};

const reserved = new Set(['context', 'scratch']);

const reservedStageName: Rule = {
  name: 'ReservedStageName',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Reserved words should not be used as stage names',
  help: '"scratch" is the empty image and "context" the build context: a stage of that name is not found by it. Choose another name.',
  example: { bad: 'FROM alpine:3.20 AS scratch', good: 'FROM alpine:3.20 AS runtime' },
  *check({ dockerfile }) {
    for (const { name, from } of dockerfile.stages) {
      if (name === undefined || !reserved.has(name)) continue;
      const message = `Stage name should not use the same name as reserved stage ${JSON.stringify(name)}`;
      yield { message, span: from.words[2]?.span ?? from.span };
    }
  },
};

const misspelledStage: Rule = {
  name: 'MisspelledStage',
  level: 'warning',
  origin: 'lading',
  summary: 'COPY --from should name a stage that exists',
  help: 'A name that is no stage is taken for an image of a registry, so a misspelt one is fetched from there, from whoever owns it.',
  example: {
    bad: 'FROM alpine:3.20 AS builder\nFROM scratch\nCOPY --from=biulder /a /a',
    good: 'FROM alpine:3.20 AS builder\nFROM scratch\nCOPY --from=builder /a /a',
  },
  *check({ dockerfile, stages }) {
    const names = dockerfile.stages.flatMap(({ name }) => name ?? []);
    for (const { stage } of stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'COPY' || instruction.from === undefined) continue;
        const from = instruction.from.toLowerCase();
        if (!/^[a-z][a-z0-9_-]*$/.test(from) || names.includes(from)) continue;
        const meant = nearest(from, names);
        if (meant === undefined) continue;
        const flag = instruction.flags.find(({ text }) => text.startsWith('--from='));
        yield { message: `No stage is named '${from}' (did you mean ${meant}?)`, span: (flag ?? instruction).span };
      }
    }
  },
};

export const stageNameRules: readonly Rule[] = [duplicateStageName, reservedStageName, misspelledStage];
