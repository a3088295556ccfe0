import { type AddInstruction, type CopyInstruction, expandHeredoc } from '@lading/dockerfile';
import { FileTree } from '@lading/filetree';
import { digestOf } from '@lading/oci';
import { type FileMark, type StepKey, type StepParts, stepKey } from '../cache/step-key.ts';
import { parseChmod } from '../copy/chmod.ts';
import { type CopyInput, joinedSource } from '../copy/copy-input.ts';
import { withFoldersAbove } from '../copy/folders-above.ts';
import { type Owner, resolveOwner } from '../copy/owner.ts';
import { planCopy } from '../copy/plan.ts';
import type { Selected } from '../copy/select.ts';
import { unpackArchives } from '../copy/unpack-archives.ts';
import { withContent } from '../copy/write.ts';
import type { StageScope } from '../dockerfile/scope.ts';
import { fileSystemId, type StageState } from '../stage-state.ts';
import { type CachedStep, type DockerfileSession, type StepSession, throughCache, writeStepLayer } from './session.ts';

/**
 * COPY and ADD: files of sources as a layer on top of the stage. With `--link` the layer is made as if on top of nothing: it does not
 * depend on what is below, and fits on anything.
 */
export async function copyFiles(
  session: StepSession & DockerfileSession,
  state: StageState,
  instruction: CopyInstruction | AddInstruction,
  inputs: readonly CopyInput[],
  scope: StageScope,
): Promise<CachedStep> {
  const env = state.config.Env ?? [];
  const expanded = (text: string): string => scope.expand(text, env);
  const { link } = instruction;
  const destination = expanded(instruction.destination);
  const chown = instruction.chown === undefined ? undefined : expanded(instruction.chown);
  const chmod = instruction.chmod === undefined ? undefined : expanded(instruction.chmod);
  const mode = chmod === undefined ? undefined : parseChmod(chmod);
  const workdir = state.config.WorkingDir ?? '/';
  const parents = instruction.keyword === 'COPY' && instruction.parents;
  const inline = instruction.heredocs.map(({ name, content, expand }) => ({
    name,
    content: expand ? expandHeredoc(content, scope.environment(env), scope.expandOptions) : content,
  }));
  const ownerOf = async (): Promise<Owner | undefined> => {
    if (chown === undefined) return undefined;
    const text = async (path: string): Promise<string> =>
      (await session.fileSystems.open(state.layers, session)).text(path, session);
    return resolveOwner(chown, text);
  };
  // A linked layer has to know the numbers that names stand for; they are all it takes from below.
  const linkedOwner = link ? await ownerOf() : undefined;

  const parts: StepParts = {
    fileSystem: link ? undefined : fileSystemId(state),
    link: link ? 'true' : undefined,
    sources: inputs.flatMap(({ names }) => names),
    destination,
    workdir,
    exclude: instruction.exclude,
    parents: String(parents),
    unpack: inputs.map(({ unpack }) => String(unpack)),
    inline: inline.map((file) => JSON.stringify([file.name, digestOf(file.content)])),
    chown: linkedOwner === undefined ? chown : `${linkedOwner.uid}:${linkedOwner.gid}`,
    chmod,
    epoch: String(session.epoch),
  };
  const kind = instruction.keyword === 'ADD' ? 'add' : 'copy';
  const contentKey = async (): Promise<StepKey> => {
    const { content, chosen, files } = await contentOf(inputs, session);
    return stepKey(kind, { ...parts, content, chosen }, files);
  };
  const [first] = inputs;
  const whole = inputs.length === 1 && first?.source.identity.kind === 'whole' ? first.source.identity.id : undefined;

  const work = async (): Promise<{ layer?: Awaited<ReturnType<typeof writeStepLayer>> }> => {
    const selections = await Promise.all(inputs.map(async (input) => [input, await input.select()] as const));
    const selected = selections.flatMap(([, chosen]) => chosen);
    if (selected.length + inline.length === 0) {
      const names = inputs.flatMap((input) => input.names).join(' ');
      session.emit({
        kind: 'notice',
        text: `Nothing matches ${names} in ${inputs.map(({ source }) => source.name).join(', ')}`,
      });
      return {};
    }
    const tree = link ? new FileTree() : (await session.fileSystems.open(state.layers, session)).tree;
    const owner = link ? linkedOwner : await ownerOf();
    const source = joinedSource(selections);
    const options = { inline, destination, workdir, parents, owner, mode, link, epoch: session.epoch };
    const candidates = new Set(
      selections.flatMap(([{ unpack }, chosen]): readonly Selected[] => (unpack ? chosen : [])),
    );
    if (candidates.size > 0) {
      const unpacked = await unpackArchives(tree, source, selected, { ...options, candidates }, session);
      if (unpacked !== undefined) return { layer: await writeStepLayer(session, unpacked) };
    }
    const plan = withFoldersAbove(tree, planCopy(tree, { ...options, selected }), session.epoch);
    if (plan.length === 0) return {};
    return { layer: await writeStepLayer(session, withContent(plan, source, session.spoolFolder, session)) };
  };
  // Where the source as a whole is what it was, its files need not be looked at; where it is not, they may be.
  if (whole === undefined) return throughCache(session, await contentKey(), work);
  return throughCache(session, stepKey(kind, { ...parts, content: whole }), work, contentKey);
}

interface Content {
  readonly content: readonly string[];
  /** How each chosen file was named, and what of it is copied. */
  readonly chosen: readonly string[];
  readonly files: () => Iterable<FileMark>;
}

/** What of the sources goes into the key: a digest over the files that were chosen, and how they were named. */
async function contentOf(inputs: readonly CopyInput[], session: StepSession): Promise<Content> {
  const content: string[] = [];
  const chosen: string[] = [];
  const marks: (() => Iterable<FileMark>)[] = [];
  for (const { source, select } of inputs) {
    const selected = await select();
    const files = selected.flatMap(({ file, above, inside }) => [file, ...above, ...inside]);
    content.push(await source.identity.fingerprint(files, session));
    for (const { path, keptFrom, above, inside } of selected)
      chosen.push(JSON.stringify([path, keptFrom, above.length, inside.length]));
    marks.push(() => files.map((file) => ({ path: file.path, mark: source.identity.mark(file) })));
  }
  return { content, chosen, files: () => marks.flatMap((list) => [...list()]) };
}
