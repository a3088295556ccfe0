import { replacing } from '../edit.ts';
import type { Complaint, Rule } from '../rule.ts';

const isLower = (text: string): boolean => text === text.toLowerCase();
const isUpper = (text: string): boolean => text === text.toUpperCase();

const stageNameCasing: Rule = {
  name: 'StageNameCasing',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Stage names should be lowercase',
  help: 'Stage names are compared without case; written in lower case they are told from keywords at a glance.',
  example: { bad: 'FROM alpine:3.20 AS Builder', good: 'FROM alpine:3.20 AS builder' },
  *check({ dockerfile }) {
    for (const { from } of dockerfile.stages) {
      const name = from.words[2];
      if (name === undefined || isLower(name.text)) continue;
      const fix = replacing('Write the name in lower case', name.span, name.text.toLowerCase());
      yield { message: `Stage name '${name.text}' should be lowercase`, span: name.span, fix };
    }
  },
};

const fromAsCasing: Rule = {
  name: 'FromAsCasing',
  level: 'warning',
  origin: 'buildkit',
  summary: "The 'as' keyword should match the case of the 'from' keyword",
  help: 'Keywords in one case are easier to find. Both mean the same to the build.',
  example: { bad: 'FROM alpine:3.20 as build', good: 'FROM alpine:3.20 AS build' },
  *check({ dockerfile }) {
    for (const { from } of dockerfile.stages) {
      const as = from.words[1];
      const keyword = from.keywordWord.text;
      if (as === undefined || (!isLower(keyword) && !isUpper(keyword))) continue;
      const wanted = isLower(keyword) ? as.text.toLowerCase() : as.text.toUpperCase();
      if (as.text === wanted) continue;
      const fix = replacing(`Write ${wanted}`, as.span, wanted);
      yield { message: `'${as.text}' and '${keyword}' keywords' casing do not match`, span: as.span, fix };
    }
  },
};

const consistentInstructionCasing: Rule = {
  name: 'ConsistentInstructionCasing',
  level: 'warning',
  origin: 'buildkit',
  summary: 'All commands within the Dockerfile should use the same casing (either upper or lower)',
  help: 'Keywords in one case are easier to find. The case that most instructions have counts, upper case of equals.',
  example: { bad: 'FROM alpine:3.20\nrun true\nRUN true', good: 'from alpine:3.20\nrun true' },
  check({ dockerfile }) {
    // as in BuildKit, the ARGs before the first FROM have no say
    const words = dockerfile.stages
      .flatMap(({ from, instructions }) => [from, ...instructions])
      .map(({ keywordWord }) => keywordWord);
    const lower = words.filter(({ text }) => isLower(text)).length;
    const upper = words.filter(({ text }) => isUpper(text)).length;
    const [casing, change] =
      lower > upper
        ? (['lowercase', (text: string) => text.toLowerCase()] as const)
        : (['uppercase', (text: string) => text.toUpperCase()] as const);
    return words.flatMap(({ text, span }): Complaint[] => {
      if (text === change(text)) return [];
      const message = `Command '${text}' should match the case of the command majority (${casing})`;
      return [{ message, span, fix: replacing(`Write ${change(text)}`, span, change(text)) }];
    });
  },
};

export const casingRules: readonly Rule[] = [stageNameCasing, fromAsCasing, consistentInstructionCasing];
