import { nearest } from '@lading/errors';
import { parseCheck } from '../check-options.ts';
import type { Rule } from '../rule.ts';

const foreignSyntax: Rule = {
  name: 'ForeignSyntax',
  level: 'warning',
  origin: 'lading',
  summary: 'A file with a frontend of its own may not be a Dockerfile',
  help: 'Lading reads the Dockerfile language itself and runs no frontend image. What another one would add is not understood.',
  example: {
    bad: '# syntax=example.org/frontend:1\nFROM alpine:3.20',
    good: '# syntax=docker/dockerfile:1\nFROM alpine:3.20',
  },
  *check({ dockerfile: { directives } }) {
    const { syntax, spans } = directives;
    if (syntax === undefined || spans.syntax === undefined) return;
    if (
      /^(?:docker\.io\/)?(?:docker|moby)\/dockerfile(?:-upstream)?(?:[:@]|$)|(?:^|\/)docker\/dockerfile(?:[:@]|$)/.test(
        syntax,
      )
    )
      return;
    yield { message: `The frontend ${syntax} is not run`, span: spans.syntax };
  },
};

/** `check=` with a name that means nothing leaves out nothing. */
export function misspelledCheckRule(names: () => ReadonlySet<string>): Rule {
  return {
    name: 'MisspelledCheck',
    level: 'info',
    origin: 'lading',
    summary: '# check=skip= should name rules that exist',
    help: 'A name that is no rule leaves out nothing.',
    example: {
      bad: '# check=skip=StageNameCaseing\nFROM alpine:3.20',
      good: '# check=skip=StageNameCasing\nFROM alpine:3.20',
    },
    *check({ dockerfile: { directives } }) {
      const { check, spans } = directives;
      if (check === undefined || spans.check === undefined) return;
      const { skip, experimental } = parseCheck(check.split(' ', 1)[0] ?? '');
      for (const written of [skip, experimental]) {
        for (const name of written === 'all' ? [] : written) {
          const meant = names().has(name) ? undefined : nearest(name, names());
          if (meant !== undefined)
            yield { message: `There is no rule ${name} (did you mean ${meant}?)`, span: spans.check };
        }
      }
    },
  };
}

export const directiveRules: readonly Rule[] = [foreignSyntax];
