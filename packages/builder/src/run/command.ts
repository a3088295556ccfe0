import type { RunInstruction } from '@lading/dockerfile';
import { argvOf } from '../dockerfile/metadata.ts';

/** The process of a RUN. */
export interface Command {
  readonly argv: readonly string[];
  /** A file that `argv` names, executable for everybody. */
  readonly script?: { readonly path: string; readonly content: string };
}

/** Where here-documents that are scripts lie, as with BuildKit. */
const scriptFolder = '/dev/pipes';

/**
 * Dockerfile reference §run: a here-document alone is what the shell runs, or a program of its own when it begins with `#!`;
 * behind a command, or with others, it goes to the shell as it was written.
 */
export function commandOf(instruction: RunInstruction, shell: readonly string[] | undefined): Command {
  const [heredoc, ...others] = instruction.heredocs;
  if (heredoc === undefined || instruction.form === 'exec') return { argv: argvOf(instruction, shell) };
  const alone = others.length === 0 && /^\d*<<-?\s*(?:[^\s"']+|"[^"]*"|'[^']*')+$/.test(instruction.command.trim());
  if (alone && heredoc.content.startsWith('#!')) {
    const path = `${scriptFolder}/${/^[\w.-]+$/.test(heredoc.name) ? heredoc.name : 'script'}`;
    return { argv: argvOf({ form: 'shell', command: path }, shell), script: { path, content: heredoc.content } };
  }
  if (alone) return { argv: argvOf({ form: 'shell', command: heredoc.content }, shell) };
  const documents = instruction.heredocs.map(({ name, content }) => `${content}${name}\n`).join('');
  return { argv: argvOf({ form: 'shell', command: `${instruction.command}\n${documents}` }, shell) };
}
