import type { Rule } from '../rule.ts';

const invalidDefinitionDescription: Rule = {
  name: 'InvalidDefinitionDescription',
  level: 'warning',
  origin: 'buildkit',
  experimental: true,
  summary: 'Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`',
  help: 'Such a comment describes the stage or argument to tools. Where it is none, put an empty line or an empty comment below it.',
  example: {
    bad: '# check=experimental=all\n# the compiler\nFROM alpine:3.20 AS build',
    good: '# check=experimental=all\n# build has the compiler\nFROM alpine:3.20 AS build',
  },
  *check({ dockerfile }) {
    for (const instruction of dockerfile.instructions) {
      const names =
        instruction.keyword === 'ARG'
          ? instruction.args.map(({ name }) => name)
          : instruction.keyword === 'FROM' && instruction.name !== undefined
            ? [instruction.name]
            : [];
      const comment = instruction.comments.at(-1);
      const [first] = names;
      if (comment === undefined || first === undefined || names.includes(comment.text.split(' ', 1)[0] ?? '')) continue;
      // a blank line parts the comment from the instruction
      if (instruction.span.start.line > comment.span.end.line + 1) continue;
      const name = names.length > 1 ? '<arg_key>' : first;
      const message = `Comment for ${instruction.keyword} should follow the format: \`# ${name} <description>\``;
      yield { message, span: comment.span };
    }
  },
};

export const descriptionRules: readonly Rule[] = [invalidDefinitionDescription];
