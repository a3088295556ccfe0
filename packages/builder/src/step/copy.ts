import type { AddInstruction } from '@lading/dockerfile';
import { type CopyInstruction, expandHeredoc } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { type StepParts, stepKey } from '../cache/step-key.ts';
import { parseChmod } from '../copy/chmod.ts';
import { withFoldersAbove } from '../copy/folders-above.ts';
import { resolveOwner } from '../copy/owner.ts';
import { planCopy } from '../copy/plan.ts';
import { type Selected, select } from '../copy/select.ts';
import { unpackArchives } from '../copy/unpack-archives.ts';
import { withContent } from '../copy/write.ts';
import type { StageScope } from '../dockerfile/scope.ts';
import type { FileSource } from '../file-source.ts';
import { fileSystemId, type StageState } from '../stage-state.ts';
import { type CachedStep, type StepSession, throughCache, writeStepLayer } from './session.ts';

/** COPY and ADD: files of a source as a layer on top of the stage. */
export async function copyFiles(
  session: StepSession,
  state: StageState,
  instruction: CopyInstruction | AddInstruction,
  source: FileSource,
  scope: StageScope,
): Promise<CachedStep> {
  const env = state.config.Env ?? [];
  const expanded = (text: string): string => scope.expand(text, env);
  const patterns = instruction.sources.map(expanded);
  const destination = expanded(instruction.destination);
  const chown = instruction.chown === undefined ? undefined : expanded(instruction.chown);
  const chmod = instruction.chmod === undefined ? undefined : expanded(instruction.chmod);
  const mode = chmod === undefined ? undefined : parseChmod(chmod);
  const parents = instruction.keyword === 'COPY' && instruction.parents;
  const unpack = instruction.keyword === 'ADD' && instruction.unpack !== false;
  const inline = instruction.heredocs.map(({ name, content, expand }) => ({
    name,
    content: expand ? expandHeredoc(content, scope.environment(env), scope.expandOptions) : content,
  }));
  if (instruction.keyword === 'ADD') refuseRemote(patterns);

  let selected: Promise<Selected[]> | undefined;
  const selection = (): Promise<Selected[]> => {
    selected ??= select(source, patterns, { exclude: instruction.exclude, parents });
    return selected;
  };
  const key = stepKey(instruction.keyword === 'ADD' ? 'add' : 'copy', {
    fileSystem: fileSystemId(state),
    ...(await contentParts(source, selection, session)),
    sources: patterns,
    destination,
    workdir: state.config.WorkingDir ?? '/',
    exclude: instruction.exclude,
    parents: String(parents),
    unpack: String(unpack),
    inline: inline.map((file) => JSON.stringify([file.name, digestOf(file.content)])),
    chown,
    chmod,
    epoch: String(session.epoch),
  });
  return throughCache(session, key, async () => {
    const chosen = await selection();
    if (chosen.length + inline.length === 0) {
      session.emit({ kind: 'notice', text: `Nothing matches ${patterns.join(' ')} in ${source.name}` });
      return {};
    }
    const system = await session.fileSystems.open(state.layers, session);
    const options = {
      inline,
      destination,
      workdir: state.config.WorkingDir ?? '/',
      parents,
      owner: chown === undefined ? undefined : await resolveOwner(chown, (path) => system.text(path, session)),
      mode,
      epoch: session.epoch,
    };
    if (unpack) {
      const unpacked = await unpackArchives(system.tree, source, chosen, options, session);
      if (unpacked !== undefined) return { layer: await writeStepLayer(session, unpacked) };
    }
    const plan = withFoldersAbove(system.tree, planCopy(system.tree, { ...options, selected: chosen }), session.epoch);
    if (plan.length === 0) return {};
    const entries = withContent(plan, source, session.spoolFolder, session);
    return { layer: await writeStepLayer(session, entries) };
  });
}

/** What of a source goes into the key: all of it under one name, or the files that were chosen and how they were named. */
async function contentParts(
  source: FileSource,
  selection: () => Promise<Selected[]>,
  session: StepSession,
): Promise<StepParts> {
  if (source.identity.kind === 'whole') return { content: source.identity.id };
  const chosen = await selection();
  const files = chosen.flatMap(({ file, above, inside }) => [file, ...above, ...inside]);
  return {
    content: await source.identity.fingerprint(files, session),
    chosen: chosen.map(({ path, keptFrom, above, inside }) =>
      JSON.stringify([path, keptFrom, above.length, inside.length]),
    ),
  };
}

function refuseRemote(patterns: readonly string[]): void {
  const remote = patterns.find((pattern) => /^(https?:\/\/|git:\/\/|git@|ssh:\/\/)/.test(pattern));
  if (remote === undefined) return;
  throw new LadingError('BUILD_UNSUPPORTED', `Cannot add ${remote}: this version adds local files only`, {
    hint: 'Fetch it before the build, check its checksum, and add the file.',
  });
}
