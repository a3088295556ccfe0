import type { NameMove } from '@lading/catalog';
import { isLadingError, LadingError } from '@lading/errors';
import { type Digest, familiarReference, formatReference, isDigest, parseReference, repositoryOf } from '@lading/oci';
import { type CommandModule, examples, type Result } from '../command.ts';
import type { Home } from '../home.ts';
import { formatSpan } from '../housekeeping/amounts.ts';
import { movedReference } from '../housekeeping/names.ts';
import { retentionOf } from '../housekeeping/settings.ts';
import { formatDate, shortDigest, table } from '../table.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument(
        '[image]',
        'the name to put back to where it pointed before; the list of what can be undone unless given',
      )
      .option('--no-trunc', 'whole digests')
      .addHelpText(
        'after',
        `\nUndone is the last move or removal of a name, whoever did it: rm, pull, build, load or tag. Undoing a move twice goes back and forth.\n${examples(
          ['lading undo', 'what can be undone'],
          ['lading undo app', 'app:latest as it was before its last move or removal'],
          ['lading undo app@sha256:…', 'what was pulled by digest and removed'],
        )}`,
      );
  },

  async run(context, [name], options) {
    const home = await context.home();
    const moves = await home.catalog.undoable();
    if (name !== undefined) return undo(home, moves, name);
    const { undoMs } = await retentionOf(home.folder, {}, process.env);
    return listing(moves, undoMs, options.trunc === false);
  },
};

function listing(moves: readonly NameMove[], undoMs: number, whole: boolean): Result {
  const entries = moves.map(({ repository, name, digest, previous, at }) => {
    const reference = movedReference(repository, name);
    const until = new Date(at.getTime() + undoMs).toISOString();
    return { reference, name: familiarReference(reference), previous, digest, at: at.toISOString(), until };
  });
  const shown = (digest: Digest): string => (whole ? digest : shortDigest(digest));
  const rows = entries.map(({ name, previous, digest, at, until }) => [
    whole ? name : name.replace(/@(\w+:\w{12})\w+$/, '@$1'),
    shown(previous),
    digest === undefined ? 'removed' : shown(digest),
    formatDate(at),
    formatDate(until),
  ]);
  return {
    data: { moves: entries.map((entry) => ({ ...entry, reference: formatReference(entry.reference) })) },
    text:
      rows.length === 0
        ? `nothing to undo within ${formatSpan(undoMs)}`
        : table(['NAME', 'BEFORE', 'NOW', 'WHEN', 'KEPT UNTIL'], rows),
  };
}

async function undo(home: Home, moves: readonly NameMove[], text: string): Promise<Result> {
  const written = parseReference(text, { defaultTag: null });
  const repository = repositoryOf(written);
  const name = written.tag ?? written.digest ?? 'latest';
  const move = moves.find((one) => one.repository === repository && one.name === name);
  const reference = movedReference(repository, name);
  const familiar = familiarReference(reference);
  if (move === undefined) throw await nothingToUndo(home, repository, name, familiar);
  const { previous } = move;
  if (!(await restore(home, move))) {
    throw new LadingError('REFERENCE_MOVED', `Cannot undo the move of ${familiar}: it has moved again`, {
      hint: '"lading undo" shows what can be undone now.',
    });
  }
  return {
    data: { reference: formatReference(reference), digest: previous, ...(move.digest && { replaced: move.digest }) },
    text: `${repository}@${previous}`,
  };
}

/** False when the name is not any more as the move left it. Throws REFERENCE_NOT_FOUND when its content went in this moment. */
async function restore(home: Home, { repository, name, digest, previous }: NameMove): Promise<boolean> {
  const gone = (): LadingError => collected(familiarReference(movedReference(repository, name)), previous);
  if (isDigest(name)) {
    if (await home.catalog.pin(repository, name)) return true;
    throw gone();
  }
  const manifest = await home.catalog.manifest(repository, previous);
  if (manifest === undefined) throw gone();
  try {
    const options = { expected: digest ?? null };
    return (await home.catalog.references(repository).tag(name, manifest.descriptor, options)).tagged;
  } catch (error) {
    throw isLadingError(error, 'REFERENCE_NOT_FOUND') ? gone() : error;
  }
}

async function nothingToUndo(home: Home, repository: string, name: string, familiar: string): Promise<LadingError> {
  const [last] = await home.catalog.tagHistory(repository, name);
  if (last?.previous !== undefined) return collected(familiar, last.previous);
  const why = last === undefined ? 'it was never here' : 'it was new, and pointed nowhere before';
  return new LadingError('REFERENCE_NOT_FOUND', `Cannot undo a move of ${familiar}: ${why}`, {
    hint: '"lading undo" shows what can be undone.',
  });
}

function collected(name: string, previous: Digest): LadingError {
  return new LadingError('REFERENCE_NOT_FOUND', `Cannot bring ${name} back: ${previous} has been collected`, {
    hint: 'Pull, load or build it again. LADING_UNDO_WINDOW says how long such things are kept.',
    details: { digest: previous },
  });
}
