import { nearest } from '@lading/errors';
import type { ArgInstruction, EnvInstruction } from '../../instruction.ts';
import type { Span } from '../../span.ts';
import { expandedTexts } from '../expanded-words.ts';
import type { Complaint, Rule } from '../rule.ts';
import type { LintStage, Subject } from '../subject.ts';
import { trackedExpand } from '../tracked-expand.ts';

/** Nobody writes files of more stages; scopes of stages that start from each other would take quadratic room. */
const MAX_STAGES = 1000;

/** The variables of a stage at some point: undefined for one that is declared and has no value. */
interface Scope {
  readonly values: Map<string, string | undefined>;
  /** False when the base image may set more. */
  readonly complete: boolean;
}

const undefinedVar: Rule = {
  name: 'UndefinedVar',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Variables should be defined before their use',
  help: 'A variable that is not set is empty. Declare it with ARG or ENV above. Where the base image is not at hand, only likely mistakes are told: names close to a known one, and ARGs that are declared elsewhere in the file.',
  example: {
    bad: 'FROM scratch\nCOPY $SRC /src\nARG SRC=src',
    good: 'FROM scratch\nARG SRC=src\nCOPY $SRC /src',
  },
  check(subject) {
    if (subject.stages.length > MAX_STAGES) return [];
    const declared = new Set(
      subject.dockerfile.instructions.flatMap((one) => (one.keyword === 'ARG' ? one.args : [])).map(({ name }) => name),
    );
    const scopes = new Map<LintStage, Scope>();
    return subject.stages.flatMap((stage) => checkStage(subject, stage, scopes, declared));
  },
};

function checkStage(
  subject: Subject,
  stage: LintStage,
  scopes: Map<LintStage, Scope>,
  declared: ReadonlySet<string>,
): Complaint[] {
  const scope = startOf(stage, scopes);
  scopes.set(stage, scope);
  const complaints: Complaint[] = [];
  for (const instruction of stage.stage.instructions) {
    const told = new Set<string>();
    for (const { text, span, kind } of expandedTexts(instruction)) {
      const { missing } = trackedExpand(
        text,
        (name) => scope.values.get(name),
        subject.dockerfile.directives.escape,
        kind,
      );
      for (const name of missing) {
        if (scope.values.has(name) || told.has(name)) continue;
        told.add(name);
        // without the base image, PATH is the one name that is there for sure and GOPATH is close to it by chance
        const meant = nearest(
          name,
          [...scope.values.keys()].filter((one) => scope.complete || one !== 'PATH'),
        );
        if (!scope.complete && meant === undefined && !declared.has(name)) continue;
        const message = `Usage of undefined variable '$${name}'`;
        const suggestion = meant === undefined ? message : `${message} (did you mean $${meant}?)`;
        complaints.push({ message: suggestion, span: placeOf(name, span, subject) });
      }
    }
    if (instruction.keyword === 'ARG') declare(subject, scope, instruction);
    if (instruction.keyword === 'ENV') set(subject, scope, instruction);
  }
  return complaints;
}

function startOf({ base, baseConfig, image }: LintStage, scopes: ReadonlyMap<LintStage, Scope>): Scope {
  const inherited = base === undefined ? undefined : scopes.get(base);
  if (inherited !== undefined) return { ...inherited, values: new Map(inherited.values) };
  const values = new Map<string, string | undefined>([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ]);
  for (const entry of baseConfig?.env ?? []) {
    const equals = entry.indexOf('=');
    values.set(equals < 0 ? entry : entry.slice(0, equals), equals < 0 ? '' : entry.slice(equals + 1));
  }
  return { values, complete: image === 'scratch' || baseConfig !== undefined };
}

function declare({ knowledge, global, dockerfile }: Subject, { values }: Scope, { args }: ArgInstruction): void {
  for (const { name, value } of args) {
    const given = Object.hasOwn(knowledge.buildArgs ?? {}, name) ? knowledge.buildArgs?.[name] : undefined;
    const fallback =
      value === undefined
        ? global.look(name)
        : trackedExpand(value, (one) => values.get(one), dockerfile.directives.escape).text;
    values.set(name, given ?? fallback ?? values.get(name));
  }
}

function set({ dockerfile }: Subject, { values }: Scope, { variables }: EnvInstruction): void {
  const before = new Map(values);
  const read = (text: string): string =>
    trackedExpand(text, (name) => before.get(name), dockerfile.directives.escape).text ?? text;
  for (const { name, value } of variables) values.set(read(name), read(value));
}

/** Where in a word the variable stands; the whole word where quotes or continuations hide it. */
function placeOf(name: string, span: Span, { source }: Subject): Span {
  const written = source.text.slice(span.start.offset, span.end.offset);
  const escaped = RegExp.escape(name);
  const found = new RegExp(`\\$(?:\\{${escaped}[^}]*\\}?|${escaped}(?![\\p{L}\\p{N}_]))`, 'u').exec(written);
  if (found === null) return span;
  const start = span.start.offset + found.index;
  return source.span(start, start + found[0].length);
}

const invalidSubstitution: Rule = {
  name: 'InvalidSubstitution',
  level: 'error',
  origin: 'lading',
  summary: 'Quotes and substitutions should be complete',
  help: 'The build fails here. Known modifiers are :- - :+ + :? ? # ## % %% / and //.',
  example: { bad: 'FROM scratch\nWORKDIR /${name', good: 'FROM scratch\nARG name=app\nWORKDIR /$name' },
  *check({ stages, dockerfile }) {
    for (const { stage } of stages) {
      for (const instruction of stage.instructions) {
        for (const { text, span, kind } of expandedTexts(instruction)) {
          // with every variable set, what fails cannot be mended by a value
          const { error } = trackedExpand(text, () => 'x', dockerfile.directives.escape, kind);
          if (error !== undefined) yield { message: error.message, span };
        }
      }
    }
  },
};

export const variableRules: readonly Rule[] = [undefinedVar, invalidSubstitution];
