import type { Instruction } from '../../instruction.ts';
import type { Span } from '../../span.ts';
import { verbOf } from '../package-managers.ts';
import type { Complaint, Rule } from '../rule.ts';
import type { RunScript } from '../shell/run-script.ts';
import type { ShellCommand } from '../shell/shell-command.ts';
import { contextSources } from './paths.ts';

/** Programs that install what a manifest of the project lists, and that file. */
const fromManifest: readonly (readonly [is: (command: ShellCommand) => boolean, manifest: string])[] = [
  [(one) => one.name === 'npm' && ['ci', 'clean-install'].includes(verb(one)), 'package.json and package-lock.json'],
  [
    (one) => one.name === 'npm' && ['install', 'i'].includes(verb(one)) && bare(one),
    'package.json and package-lock.json',
  ],
  [(one) => one.name === 'yarn' && (verb(one) === 'install' || one.args.length === 0), 'package.json and yarn.lock'],
  [
    (one) => one.name === 'pnpm' && ['install', 'i'].includes(verb(one)) && bare(one),
    'package.json and pnpm-lock.yaml',
  ],
  [
    (one) => /^pip3?$/.test(one.name) && one.args.some(({ text }) => /^(?:-r|--requirement)/.test(text)),
    'requirements.txt',
  ],
  [(one) => one.name === 'poetry' && verb(one) === 'install', 'pyproject.toml and poetry.lock'],
  [(one) => one.name === 'uv' && verb(one) === 'sync', 'pyproject.toml and uv.lock'],
  [(one) => /^bundler?$/.test(one.name) && verb(one) === 'install', 'Gemfile and Gemfile.lock'],
  [(one) => one.name === 'go' && verb(one) === 'mod' && one.args[1]?.text === 'download', 'go.mod and go.sum'],
  [(one) => one.name === 'composer' && verb(one) === 'install', 'composer.json and composer.lock'],
  [(one) => one.name === 'cargo' && verb(one) === 'fetch', 'Cargo.toml and Cargo.lock'],
  [(one) => one.name === 'mvn' && one.args.some(({ text }) => text === 'dependency:go-offline'), 'pom.xml'],
];

const verb = (command: ShellCommand): string => verbOf(command)?.text ?? '';
/** Names no package: installs what the project lists. */
const bare = ({ args }: ShellCommand): boolean => args.filter(({ text }) => !text.startsWith('-')).length === 1;

const copyBeforeInstall: Rule = {
  name: 'CopyBeforeInstall',
  level: 'info',
  origin: 'lading',
  summary: 'Dependencies should be installed before the whole source is copied',
  help: 'With the whole context copied first, any change of the source installs everything anew. Copy the files that list the dependencies, install, then copy the rest.',
  example: {
    bad: 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci',
    good: 'FROM node:22\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .',
  },
  check({ stages }) {
    return stages.flatMap(({ stage, runs }): Complaint[] => {
      const scripts = new Map<Instruction, RunScript>(runs.map((run) => [run.instruction, run]));
      let copied: Span | undefined;
      const installed = new Set<string>();
      const complaints: Complaint[] = [];
      for (const instruction of stage.instructions) {
        if (instruction.keyword === 'COPY' || instruction.keyword === 'ADD') {
          if (contextSources(instruction).some((source) => /^(?:\.?\/?|\.?\/?\*)$/.test(source)))
            copied ??= instruction.span;
        }
        const run = scripts.get(instruction);
        if (run === undefined || run.instruction.mounts.some(({ type }) => type === 'cache')) continue;
        for (const [is, manifest] of fromManifest) {
          const command = run.commands.find(is);
          if (command === undefined || installed.has(manifest)) continue;
          installed.add(manifest);
          if (copied === undefined) continue;
          const line = instruction.span.start.line;
          const message = `Any change of the context runs ${command.name} on line ${line} again: copy ${manifest} first`;
          complaints.push({ message, span: copied });
        }
      }
      return complaints;
    });
  },
};

/** Names of arguments that are another for every build. */
const volatile =
  /(?:^|_)(?:BUILD_?(?:DATE|TIME|ID|NUMBER|NUM)|DATE|TIMESTAMP|COMMIT(?:_SHA|_HASH|_ID)?|GIT_?(?:SHA|HASH|REV|REF|REVISION)|SHA|VCS_REF|REVISION)$/i;

const volatileArgEarly: Rule = {
  name: 'VolatileArgEarly',
  level: 'info',
  origin: 'lading',
  summary: 'An argument that changes with every build should be declared where it is used',
  help: 'A RUN sees every ARG above it and runs again when one changes, used or not. Move the ARG down, to where it is used.',
  example: {
    bad: 'FROM alpine:3.20\nARG GIT_SHA\nRUN make\nLABEL revision=$GIT_SHA',
    good: 'FROM alpine:3.20\nRUN make\nARG GIT_SHA\nLABEL revision=$GIT_SHA',
  },
  check({ stages }) {
    return stages.flatMap(({ stage }): Complaint[] => {
      const waiting = new Map<string, Span>();
      const complaints: Complaint[] = [];
      for (const instruction of stage.instructions) {
        if (instruction.keyword === 'ARG') {
          for (const { name, span } of instruction.args) if (volatile.test(name)) waiting.set(name, span);
          continue;
        }
        for (const [name, span] of waiting) {
          if (instruction.original.includes(name)) waiting.delete(name);
          else if (instruction.keyword === 'RUN') {
            const line = instruction.span.start.line;
            complaints.push({
              message: `${name} changes with every build and runs line ${line} again, which does not use it`,
              span,
            });
            waiting.delete(name);
          }
        }
      }
      return complaints;
    });
  },
};

export const layerOrderRules: readonly Rule[] = [copyBeforeInstall, volatileArgEarly];
