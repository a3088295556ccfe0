import { insertingBehind, replacing } from '../edit.ts';
import { installationOf, verbOf } from '../package-managers.ts';
import type { Complaint, Rule } from '../rule.ts';
import type { RunScript } from '../shell/run-script.ts';
import { hasOption, type ShellCommand } from '../shell/shell-command.ts';
import type { LintStage } from '../subject.ts';

const isApt = ({ name }: ShellCommand): boolean => name === 'apt-get' || name === 'apt';
const does = (command: ShellCommand, ...verbs: readonly string[]): boolean =>
  verbs.includes(verbOf(command)?.text ?? '');

/** True where a mount keeps a folder, or one above or below it, out of the layer. */
function isMounted({ instruction }: RunScript, folder: string): boolean {
  return instruction.mounts.some(
    ({ type, target = '' }) =>
      (type === 'cache' || type === 'tmpfs') &&
      (target.includes(folder) || (target !== '' && `${folder}/`.startsWith(target.replace(/\/*$/, '/')))),
  );
}

/** Looks at every RUN of stages alone. */
function eachRun(
  stages: readonly LintStage[],
  check: (run: RunScript, stage: LintStage) => readonly Complaint[],
): Complaint[] {
  return stages.flatMap((stage) => stage.runs.flatMap((run) => check(run, stage)));
}

const aptUpdateApart: Rule = {
  name: 'AptUpdateApart',
  level: 'warning',
  origin: 'lading',
  summary: 'apt-get update and install should be in one RUN',
  help: 'The lists of an update of its own come from the cache while the packages in them are gone from the archive, and the install fails or gets old ones.',
  example: {
    bad: 'FROM debian:12\nRUN apt-get update\nRUN apt-get install -y --no-install-recommends curl',
    good: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*',
  },
  check: ({ stages }) =>
    eachRun(stages, (run) => {
      const apt = run.commands.filter(isApt);
      const update = apt.find((command) => does(command, 'update'));
      const uses = apt.some((command) => !does(command, 'update', 'clean', 'autoclean'));
      if (update === undefined || uses || isMounted(run, '/var/lib/apt')) return [];
      return [
        {
          message: 'This RUN updates the lists of apt and installs nothing',
          span: run.span(update.nameWord, verbOf(update)),
        },
      ];
    }),
};

const aptRecommends: Rule = {
  name: 'AptRecommends',
  level: 'info',
  origin: 'lading',
  summary: 'apt-get install should leave out recommended packages',
  help: 'Recommended packages are most often not needed in an image. Add --no-install-recommends, and name those that are.',
  example: {
    bad: 'FROM debian:12\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*',
    good: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*',
  },
  check: ({ stages }) =>
    eachRun(stages, ({ commands, span }) =>
      commands.flatMap((command) => {
        if (!isApt(command) || !does(command, 'install')) return [];
        if (command.args.some(({ text }) => /^--(?:no-)?install-recommends|Install-Recommends/.test(text))) return [];
        return [
          { message: 'Recommended packages are installed as well', span: span(command.nameWord, verbOf(command)) },
        ];
      }),
    ),
};

const aptCommand: Rule = {
  name: 'AptCommand',
  level: 'info',
  origin: 'lading',
  summary: 'Scripts should use apt-get, not apt',
  help: 'What apt prints and takes may change between versions; apt-get is kept stable for scripts.',
  example: {
    bad: 'FROM debian:12\nRUN apt update && apt install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*',
    good: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*',
  },
  check: ({ stages }) =>
    eachRun(stages, ({ commands, span }) =>
      commands.flatMap((command) => {
        if (command.nameWord.text !== 'apt') return [];
        const same = does(command, 'update', 'install', 'upgrade', 'remove', 'purge', 'clean', 'autoremove');
        const place = span(command.nameWord);
        return [
          {
            message: 'apt is for people',
            span: place,
            fix: same ? replacing('Write apt-get', place, 'apt-get') : undefined,
          },
        ];
      }),
    ),
};

/** For package managers that ask before they install: the options that keep them from it. */
const quiet: Readonly<Record<string, readonly string[]>> = {
  'apt-get': ['-y', '--yes', '--assume-yes', '-qq', '--force-yes'],
  apt: ['-y', '--yes', '--assume-yes', '-qq', '--force-yes'],
  dnf: ['-y', '--assumeyes', '--assumeno'],
  microdnf: ['-y', '--assumeyes', '--assumeno'],
  yum: ['-y', '--assumeyes', '--assumeno'],
};

const packagePrompt: Rule = {
  name: 'PackagePrompt',
  level: 'warning',
  origin: 'lading',
  summary: 'A package manager should not ask back',
  help: 'There is nobody to answer: it gives up as soon as it has to ask. Add -y.',
  example: {
    bad: 'FROM fedora:40\nRUN dnf install nginx && dnf clean all',
    good: 'FROM fedora:40\nRUN dnf install -y nginx && dnf clean all',
  },
  check: ({ stages }) =>
    eachRun(stages, ({ commands, span, instruction }) =>
      commands.flatMap((command) => {
        const options = Object.hasOwn(quiet, command.name) ? quiet[command.name] : undefined;
        const verb = verbOf(command);
        if (options === undefined || verb?.text !== 'install' || hasOption(command, ...options)) return [];
        if (
          command.args.some(({ text }) =>
            /Assume-Yes|^-q+y|^-q=2$|-(?:s|-simulate|-dry-run|-download-only|d)$/.test(text),
          )
        )
          return [];
        const fix = instruction.form === 'shell' ? insertingBehind('Add -y', span(verb), ' -y') : undefined;
        return [
          { message: `${command.name} ${verb.text} asks before it installs`, span: span(command.nameWord, verb), fix },
        ];
      }),
    ),
};

/** What a package manager leaves in the layer, and how that is known not to happen. */
interface Leftover {
  readonly names: readonly string[];
  readonly folder: string;
  readonly what: string;
  /** An option that leaves nothing behind. */
  readonly option?: string;
  /** A variable that, set, does the same. */
  readonly variable?: string;
  /** A command of the same RUN that removes it. */
  readonly removedBy: (command: ShellCommand) => boolean;
}

const removes =
  (folder: RegExp) =>
  (command: ShellCommand): boolean =>
    (command.name === 'rm' || command.name === 'find') && command.args.some(({ text }) => folder.test(text));

const leftovers: readonly Leftover[] = [
  {
    names: ['apt-get', 'apt'],
    folder: '/var/lib/apt',
    what: 'the lists of apt',
    removedBy: (command) =>
      removes(/^\/var\/lib\/(?:apt)?/)(command) || (isApt(command) && does(command, 'dist-clean', 'distclean')),
  },
  {
    names: ['apk'],
    folder: '/var/cache/apk',
    what: 'the index of apk',
    option: '--no-cache',
    removedBy: removes(/^\/var\/cache\//),
  },
  {
    names: ['dnf', 'microdnf', 'yum'],
    folder: '/var/cache',
    what: 'the cache of packages',
    removedBy: (command) => does(command, 'clean') || removes(/^\/var\/cache\//)(command),
  },
  {
    names: ['pip', 'pip3'],
    folder: '/.cache',
    what: 'the cache of pip',
    option: '--no-cache-dir',
    variable: 'PIP_NO_CACHE_DIR',
    removedBy: removes(/\.cache/),
  },
];

const packageCacheLeft: Rule = {
  name: 'PackageCacheLeft',
  level: 'info',
  origin: 'lading',
  summary: 'What a package manager downloads should not stay in the image',
  help: 'Remove it in the same RUN, or keep it out with RUN --mount=type=cache,target=…. Told only for stages that become part of an image.',
  example: {
    bad: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl',
    good: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*',
  },
  check: ({ stages }) =>
    eachRun(stages, (run, { shipped, stage }) => {
      if (!shipped) return [];
      return leftovers.flatMap(({ names, folder, what, option, variable, removedBy }): Complaint[] => {
        // apt leaves its lists where an update is; without one there are none
        const install = run.commands.find(
          (command) => names.includes(command.name) && installationOf(command) !== undefined,
        );
        const filled = names.includes('apt-get')
          ? run.commands.some((command) => isApt(command) && does(command, 'update'))
          : true;
        if (install === undefined || !filled || isMounted(run, folder) || run.commands.some(removedBy)) return [];
        if (install.args.some(({ text }) => text === option) || isSet(stage.instructions, variable)) return [];
        const verb = verbOf(install);
        const fix =
          option === undefined || verb === undefined || run.instruction.form === 'exec'
            ? undefined
            : insertingBehind(`Add ${option}`, run.span(verb), ` ${option}`);
        return [{ message: `This RUN leaves ${what} in the image`, span: run.span(install.nameWord, verb), fix }];
      });
    }),
};

function isSet(instructions: LintStage['stage']['instructions'], variable: string | undefined): boolean {
  return instructions.some((one) => one.keyword === 'ENV' && one.variables.some(({ name }) => name === variable));
}

export const packageRules: readonly Rule[] = [
  aptUpdateApart,
  aptRecommends,
  aptCommand,
  packagePrompt,
  packageCacheLeft,
];
