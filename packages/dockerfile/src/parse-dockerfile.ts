import { isUtf8 } from 'node:buffer';
import type { Directives, Dockerfile, Stage, Warning } from './dockerfile.ts';
import type { ArgInstruction, FromInstruction, Instruction } from './instruction.ts';
import { readDirectives } from './internal/directives.ts';
import { parseLines } from './internal/parse-lines.ts';
import { present } from './internal/present.ts';
import { SourceText } from './internal/source.ts';
import { typeInstruction } from './internal/type-instruction.ts';
import type { Span } from './span.ts';
import { syntaxOf } from './syntax.ts';

export interface ParseOptions {
  /** Stands in error messages; `Dockerfile` when absent. */
  readonly filename?: string;
}

/**
 * Reads a Dockerfile into typed instructions and stages (Dockerfile reference, frontend 1.26). Bytes are read as UTF-8; what is
 * not, becomes U+FFFD with a warning. Takes time in proportion to the text.
 *
 * Throws DOCKERFILE_INVALID for the first mistake: "Dockerfile:3:7: …", with `file`, `line`, `column` and an `excerpt` with
 * carets in the details. Whether a stage or file that is named exists, is for the build to find out.
 */
export function parseDockerfile(text: string | Uint8Array, options: ParseOptions = {}): Dockerfile {
  const filename = options.filename ?? 'Dockerfile';
  const source = new SourceText(typeof text === 'string' ? text : decode(text, filename), filename);
  const { lines, ...directives } = readDirectives(source);
  if (directives.syntax === undefined) refuseOtherLanguage(source);
  const parsed = parseLines(source, directives.escape, lines);
  if (parsed.nodes.length === 0) {
    throw source.error(source.span(0, 0), 'the file has no instructions', {
      hint: 'Start with FROM and a base image.',
    });
  }
  const instructions = parsed.nodes.map(typeInstruction);
  return {
    filename: source.filename,
    text: source.text,
    directives: directives satisfies Directives,
    instructions,
    ...stagesOf(instructions, source),
    warnings: [...invalidText(text, source), ...parsed.warnings],
  };
}

/** Files for other frontends name them in forms that are no Dockerfile: what follows would only be errors of no use. */
function refuseOtherLanguage(source: SourceText): void {
  const syntax = syntaxOf(source);
  if (syntax === undefined) return;
  throw source.error(
    syntax.span,
    `the file is written for the frontend ${syntax.image}, not in the Dockerfile language`,
    {
      hint: 'Lading reads Dockerfiles and runs no other frontend.',
    },
  );
}

function decode(bytes: Uint8Array, filename: string): string {
  const mark = bytes.length < 2 ? 0 : (bytes[0]! << 8) | bytes[1]!;
  if (mark === 0xfffe || mark === 0xfeff) {
    throw new SourceText('', filename).error(originSpan, 'the file is UTF-16', { hint: 'Save it as UTF-8.' });
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function invalidText(text: string | Uint8Array, source: SourceText): Warning[] {
  if (typeof text === 'string') return [];
  const at = source.text.indexOf('\ufffd');
  if (at === -1 || isUtf8(text)) return [];
  return [
    {
      kind: 'invalid-utf8',
      message: 'The file is not UTF-8; unreadable bytes were replaced.',
      span: source.span(at, at + 1),
    },
  ];
}

const originSpan: Span = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } };

function stagesOf(
  instructions: readonly Instruction[],
  source: SourceText,
): { globalArgs: ArgInstruction[]; stages: Stage[] } {
  const globalArgs: ArgInstruction[] = [];
  const open: { from: FromInstruction; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    const stage = open.at(-1);
    if (instruction.keyword === 'FROM') open.push({ from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.keyword === 'ARG') globalArgs.push(instruction);
    else {
      throw source.error(instruction.keywordWord.span, `${instruction.keyword} stands before the first FROM`, {
        hint: 'Start with FROM and a base image; only ARG may come before it.',
      });
    }
  }
  if (open.length === 0) {
    const last = instructions.at(-1);
    throw source.error(last?.span ?? source.span(0, 0), 'the file has no FROM, so there is no stage to build', {
      hint: 'Add FROM and a base image, or FROM scratch.',
    });
  }
  const stages = open.map(({ from, instructions: own }, index): Stage => {
    const end = (own.at(-1) ?? from).span.end;
    return { index, from, instructions: own, span: { start: from.span.start, end }, ...present({ name: from.name }) };
  });
  return { globalArgs, stages };
}
