import type { NameValue } from '../../instruction.ts';
import { lineKind } from '../../internal/continuation.ts';
import { replacing } from '../edit.ts';
import type { Fix } from '../finding.ts';
import type { Complaint, Rule } from '../rule.ts';

const noEmptyContinuation: Rule = {
  name: 'NoEmptyContinuation',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Empty continuation lines will become errors in a future release',
  help: 'A blank line after a continued one looks like the end of the instruction and is not. Remove it, or make it a comment.',
  example: { bad: 'FROM alpine:3.20\nRUN a \\\n\n  b', good: 'FROM alpine:3.20\nRUN a \\\n  # why\n  b' },
  *check({ dockerfile, source }) {
    for (const { kind, span } of dockerfile.warnings) {
      if (kind !== 'empty-continuation') continue;
      let last = span.start.line - 1;
      const isBlank = (index: number): boolean => {
        const line = source.lines[index];
        return line !== undefined && lineKind(source.text, line.start, line.end) === 'blank';
      };
      while (isBlank(last + 1)) last++;
      const lines = source.span(span.start.offset, source.lines[last]?.next ?? span.end.offset);
      yield { message: 'Empty continuation line', span, fix: replacing('Remove the line', lines, '') };
    }
  },
};

const maintainerDeprecated: Rule = {
  name: 'MaintainerDeprecated',
  level: 'warning',
  origin: 'buildkit',
  summary: 'The MAINTAINER instruction is deprecated, use a label instead to define an image author',
  help: 'Write LABEL org.opencontainers.image.authors="…", which tools read.',
  example: {
    bad: 'FROM scratch\nMAINTAINER me@example.org',
    good: 'FROM scratch\nLABEL org.opencontainers.image.authors="me@example.org"',
  },
  *check({ dockerfile }) {
    for (const instruction of dockerfile.instructions) {
      if (instruction.keyword !== 'MAINTAINER') continue;
      const { maintainer, span, keywordWord } = instruction;
      const label = keywordWord.text === keywordWord.text.toLowerCase() ? 'label' : 'LABEL';
      const fix = /["\\$`\n]/.test(maintainer)
        ? undefined
        : replacing('Write a label', span, `${label} org.opencontainers.image.authors="${maintainer}"`);
      yield { message: 'Maintainer instruction is deprecated in favor of using label', span: keywordWord.span, fix };
    }
  },
};

const legacyKeyValueFormat: Rule = {
  name: 'LegacyKeyValueFormat',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Legacy key/value format with whitespace separator should not be used',
  help: 'Without "=" the whole rest of the line is one value, which surprises. Write NAME=value, in quotes where it holds spaces.',
  example: { bad: 'FROM scratch\nENV NAME a value', good: 'FROM scratch\nENV NAME="a value"' },
  check({ stages }) {
    return stages.flatMap(({ stage }) =>
      stage.instructions.flatMap((instruction) => {
        if (instruction.keyword !== 'ENV' && instruction.keyword !== 'LABEL') return [];
        const pairs = instruction.keyword === 'ENV' ? instruction.variables : instruction.labels;
        return pairs.flatMap((pair) => (pair.legacy ? [legacyPair(instruction.keyword, pair)] : []));
      }),
    );
  },
};

function legacyPair(keyword: string, pair: NameValue): Complaint {
  const message = `"${keyword} key=value" should be used instead of legacy "${keyword} key value" format`;
  return { message, span: pair.span, fix: withEquals(pair) };
}

/** Quotes and escapes read differently in the two forms; what has none means the same. */
function withEquals({ name, value, span }: NameValue): Fix | undefined {
  if (/["'\\`\n]/.test(name + value) || span.start.line !== span.end.line) return undefined;
  const written = /\s/.test(value) ? `"${value}"` : value;
  return replacing('Write it with "="', span, `${name}=${written}`);
}

export const legacyRules: readonly Rule[] = [noEmptyContinuation, maintainerDeprecated, legacyKeyValueFormat];
