import type { AddInstruction, CopyInstruction } from '@lading/dockerfile';
import type { CopyInput } from '../copy/copy-input.ts';
import { type Selected, select } from '../copy/select.ts';
import type { FileSource } from '../file-source.ts';
import type { DockerfileSession } from '../step/session.ts';
import { addRemote, isRemote } from './add-remote.ts';

/** Paths and patterns in a source of files. */
export function filesInput(
  source: FileSource,
  patterns: readonly string[],
  instruction: CopyInstruction | AddInstruction,
): CopyInput {
  const parents = instruction.keyword === 'COPY' && instruction.parents;
  let selected: Promise<readonly Selected[]> | undefined;
  return {
    source,
    names: patterns,
    unpack: instruction.keyword === 'ADD' && instruction.unpack !== false,
    select() {
      selected ??= select(source, patterns, { exclude: instruction.exclude, parents });
      return selected;
    },
  };
}

/** What ADD takes files from, in the order in which they are named: the build context, repositories and addresses. */
export async function addInputs(
  session: DockerfileSession,
  instruction: AddInstruction,
  sources: readonly string[],
): Promise<readonly CopyInput[]> {
  const { checksum, keepGitDir, unpack, exclude } = instruction;
  const inputs: CopyInput[] = [];
  let local: string[] = [];
  const takeLocal = (): void => {
    if (local.length > 0) inputs.push(filesInput(session.context, local, instruction));
    local = [];
  };
  for (const source of sources) {
    if (!isRemote(source)) {
      local.push(source);
      continue;
    }
    takeLocal();
    inputs.push(await addRemote(session, source, { checksum, keepGitDir, unpack, exclude }));
  }
  takeLocal();
  // Here-documents alone have a source too, of which nothing is taken.
  return inputs.length === 0 ? [filesInput(session.context, [], instruction)] : inputs;
}
