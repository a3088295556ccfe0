import { type Dockerfile, excerptAt, type Instruction } from '@lading/dockerfile';
import { isLadingError, LadingError } from '@lading/errors';

/** The error with the place in the Dockerfile in front. One that has its place already is passed through. */
export function placed(error: unknown, dockerfile: Dockerfile, instruction: Instruction): unknown {
  if (!isLadingError(error) || error.details.line !== undefined || error.kind === 'interrupted') return error;
  const { line, offset } = instruction.span.start;
  // a trigger of the base image stands elsewhere
  const isHere = dockerfile.text.startsWith(instruction.original, offset);
  const excerpt = isHere ? { excerpt: excerptAt(dockerfile, instruction.span) } : {};
  return new LadingError(error.code, `${dockerfile.filename}:${line}: ${error.message}`, {
    hint: error.hint,
    cause: error.cause,
    details: { ...error.details, line, ...excerpt },
  });
}
