import { posix } from 'node:path';
import type { AddInstruction, CopyInstruction } from '../../instruction.ts';
import type { Complaint, Rule } from '../rule.ts';
import type { LintStage } from '../subject.ts';
import { trackedExpand } from '../tracked-expand.ts';

const workdirRelativePath: Rule = {
  name: 'WorkdirRelativePath',
  level: 'warning',
  origin: 'buildkit',
  summary:
    'Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes',
  help: 'A relative WORKDIR starts at the one of the base image. Begin with an absolute one.',
  example: { bad: 'FROM alpine:3.20\nWORKDIR app', good: 'FROM alpine:3.20\nWORKDIR /app\nWORKDIR bin' },
  check({ stages, dockerfile }) {
    const isSet = new Map<LintStage, boolean>();
    return stages.flatMap((lintStage): Complaint[] => {
      let known = lintStage.base !== undefined && isSet.get(lintStage.base) === true;
      const complaints: Complaint[] = [];
      for (const instruction of lintStage.stage.instructions) {
        if (instruction.keyword !== 'WORKDIR') continue;
        // what a variable holds is not known here; one that starts the path most often holds an absolute one
        const { path, span } = instruction;
        const isRelative = !/^(?:\/|["'][/$]|\$|[A-Za-z]:[\\/])/.test(path);
        if (!known && isRelative && trackedExpand(path, () => 'x', dockerfile.directives.escape).text !== undefined) {
          const message = `Relative workdir ${JSON.stringify(path)} can have unexpected results if the base image changes`;
          complaints.push({ message, span: instruction.words[0]?.span ?? span });
        }
        known = true;
      }
      isSet.set(lintStage, known);
      return complaints;
    });
  },
};

const copyIgnoredFile: Rule = {
  name: 'CopyIgnoredFile',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Attempting to Copy file that is excluded by .dockerignore',
  help: 'The file never reaches the build, which fails or goes without it. Remove the pattern, or do not copy it.',
  example: { bad: 'FROM scratch\nCOPY ignored.txt /', good: 'FROM scratch\nCOPY wanted.txt /' },
  *check({ stages, knowledge }) {
    const { ignore } = knowledge;
    // an exception may bring back part of what a pattern leaves out: that cannot be told without the files
    if (ignore === undefined || ignore.patterns.some((pattern) => pattern.startsWith('!'))) return;
    const ignoresAll = ignore.patterns.some((pattern) => ['*', '**', '**/*'].includes(pattern));
    for (const { stage } of stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
        for (const source of contextSources(instruction)) {
          const path = posix.normalize(source).replace(/(?<=.)\/$/, '');
          const isRoot = path === '.' || path === '/';
          if (source.includes('$') || !(isRoot ? ignoresAll : ignore.matches(path.replace(/^\//, '')))) continue;
          const verb = instruction.keyword === 'ADD' ? 'Add' : 'Copy';
          const message = `Attempting to ${verb} file ${JSON.stringify(path)} that is excluded by .dockerignore`;
          yield { message, span: (instruction.words.find(({ text }) => text === source) ?? instruction).span };
        }
      }
    }
  },
};

/** The sources that come from the build context. */
export function contextSources(instruction: AddInstruction | CopyInstruction): readonly string[] {
  if (instruction.keyword === 'COPY') return instruction.from === undefined ? instruction.sources : [];
  return instruction.sources.filter((source) => !isRemote(source));
}

/** True for what ADD fetches: an address, or a git repository. */
export function isRemote(source: string): boolean {
  return /^(?:https?|git|ssh):\/\/|^git@|\.git(?:[#?].*)?$/i.test(source);
}

export const pathRules: readonly Rule[] = [workdirRelativePath, copyIgnoredFile];
