import type { Rule } from '../rule.ts';

/** Commands that change the shell and nothing else. */
const forTheShell = new Set([
  'cd',
  'export',
  'alias',
  'source',
  '.',
  'umask',
  'ulimit',
  'set',
  'unset',
  'pushd',
  'popd',
]);

const lostShellState: Rule = {
  name: 'LostShellState',
  level: 'warning',
  origin: 'lading',
  summary: 'A RUN should leave something behind',
  help: 'Each RUN has a shell of its own: its folder and variables end with it. Use WORKDIR or ENV, or go on in the same RUN.',
  example: { bad: 'FROM alpine:3.20\nRUN cd /app\nRUN make', good: 'FROM alpine:3.20\nWORKDIR /app\nRUN make' },
  *check({ stages }) {
    for (const { runs } of stages) {
      for (const { commands, instruction } of runs) {
        const [first] = commands;
        if (first === undefined || !commands.every(({ name, piped }) => forTheShell.has(name) && !piped)) continue;
        // what is written to a file stays
        if (/[>|]/.test(instruction.line)) continue;
        const name = commands.map((command) => command.name).find((one) => one !== 'set');
        if (name === undefined) continue;
        yield { message: `What ${name} changes is gone after this RUN`, span: instruction.span };
      }
    }
  },
};

const cdInsteadOfWorkdir: Rule = {
  name: 'CdInsteadOfWorkdir',
  level: 'hint',
  origin: 'lading',
  summary: 'WORKDIR says where what follows happens',
  help: 'WORKDIR makes the folder where it is missing, and holds for everything below it.',
  example: { bad: 'FROM alpine:3.20\nRUN cd /app && make', good: 'FROM alpine:3.20\nWORKDIR /app\nRUN make' },
  *check({ stages }) {
    for (const { runs } of stages) {
      for (const { commands, span } of runs) {
        const [first, second] = commands;
        const [folder] = first?.args ?? [];
        if (first?.name !== 'cd' || folder === undefined || second === undefined || !folder.text.startsWith('/'))
          continue;
        // who goes elsewhere later needs cd
        if (commands.filter(({ name }) => name === 'cd').length > 1) continue;
        yield { message: `The whole RUN happens in ${folder.text}`, span: span(first.nameWord, folder) };
      }
    }
  },
};

const sudoInRun: Rule = {
  name: 'SudoInRun',
  level: 'warning',
  origin: 'lading',
  summary: 'A RUN should not use sudo',
  help: 'RUN is root unless USER says otherwise, and sudo handles terminals and signals in ways of its own. Change USER around the step instead.',
  example: {
    bad: 'FROM debian:12\nRUN sudo make install',
    good: 'FROM debian:12\nUSER root\nRUN make install\nUSER app',
  },
  *check({ stages }) {
    for (const { runs } of stages) {
      for (const { commands, span } of runs) {
        for (const { through, words } of commands) {
          const sudo = through.includes('sudo') ? words.find(({ text }) => text === 'sudo') : undefined;
          if (sudo !== undefined) yield { message: 'sudo in a RUN', span: span(sudo) };
        }
      }
    }
  },
};

const worldWritable: Rule = {
  name: 'WorldWritable',
  level: 'warning',
  origin: 'lading',
  summary: 'Files should not be writable by everyone',
  help: 'Any process in the container can change them. Give them to the user who needs them, with --chown or chown.',
  example: { bad: 'FROM alpine:3.20\nRUN chmod -R 777 /app', good: 'FROM alpine:3.20\nRUN chmod -R 755 /app' },
  *check({ stages }) {
    // with the sticky bit, as of /tmp, nobody can take away what is another's
    const isOpen = (mode: string): boolean => /^0*[0246]?[0-7]{2}[2367]$/.test(mode);
    for (const { runs, stage } of stages) {
      for (const { commands, span } of runs) {
        for (const { name, args } of commands) {
          const mode =
            name === 'chmod' ? args.find(({ text }) => isOpen(text) || /^(?:a|o|ugo)\+[rx]*w/.test(text)) : undefined;
          if (mode !== undefined) yield { message: `${mode.text} lets everyone write`, span: span(mode) };
        }
      }
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
        const flag = instruction.flags.find(({ text }) => text.startsWith('--chmod='));
        if (flag !== undefined && isOpen(instruction.chmod ?? ''))
          yield { message: `${instruction.chmod} lets everyone write`, span: flag.span };
      }
    }
  },
};

export const shellHabitRules: readonly Rule[] = [lostShellState, cdInsteadOfWorkdir, sudoInRun, worldWritable];
