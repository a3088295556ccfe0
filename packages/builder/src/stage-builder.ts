import {
  type Dockerfile,
  expand,
  type Instruction,
  parseInstruction,
  type RunInstruction,
  type Stage,
} from '@lading/dockerfile';
import { LadingError, throwIfAborted } from '@lading/errors';
import type { Image } from '@lading/image';
import { type Platform, parsePlatform } from '@lading/oci';
import type { NamedContext } from './context/named-contexts.ts';
import { createImageSource } from './copy/image-source.ts';
import { changeConfig, withoutCommand, workingDirectory } from './dockerfile/metadata.ts';
import { placed } from './dockerfile/placed.ts';
import { type GlobalScope, StageScope } from './dockerfile/scope.ts';
import { baseStage, circular, nameOf, sourceStage } from './dockerfile/stages.ts';
import type { FileSource } from './file-source.ts';
import { baseImage } from './output/base-annotations.ts';
import { sourceCompression } from './output/layer-compression.ts';
import type { StepReport } from './request.ts';
import { addInputs, filesInput } from './source/inputs-of.ts';
import { type BuiltLayer, emptyState, fileSystemId, type StageState, stateOf, withStep } from './stage-state.ts';
import { contextState } from './step/context-state.ts';
import { copyFiles } from './step/copy.ts';
import { inStep } from './step/in-step.ts';
import { type MountSources, runCommand } from './step/run.ts';
import type { CachedStep, DockerfileSession, StepPlace, StepSession } from './step/session.ts';
import { makeWorkingDirectory } from './step/workdir.ts';

export interface BuiltStage {
  readonly state: StageState;
  /** What a later stage that starts from this one goes on with. */
  readonly scope: StageScope;
  readonly steps: readonly StepReport[];
}

export interface StageBuilderOptions {
  readonly session: DockerfileSession;
  readonly dockerfile: Dockerfile;
  readonly global: GlobalScope;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly resolveBase: (reference: string, platform: Platform) => Promise<Image>;
  /** Before the titles of steps where several platforms are built: `linux/arm64 `. */
  readonly prefix: string;
  /** Names of the stages whose steps run again. */
  readonly noCacheFilter: readonly string[];
  /** The stages whose layers go into the image; of the others files are copied at most. */
  readonly inImage: (stage: Stage) => boolean;
}

/** Builds stages on demand, each once, and each after those it needs; what does not depend on each other runs at the same time. */
export class StageBuilder {
  readonly #options: StageBuilderOptions;
  readonly #stages = new Map<number, Promise<BuiltStage>>();
  /** For each stage, those it has had to wait for. */
  readonly #waits = new Map<Stage, Set<Stage>>();

  constructor(options: StageBuilderOptions) {
    this.#options = options;
  }

  build(stage: Stage): Promise<BuiltStage> {
    let built = this.#stages.get(stage.index);
    if (built === undefined) {
      built = this.#build(stage);
      // Whoever waits sees a failure; one that nobody waits for any more must not end the process.
      built.catch(() => {});
      this.#stages.set(stage.index, built);
    }
    return built;
  }

  /** Every stage that was asked for, in the order of the file. */
  all(): readonly Promise<BuiltStage>[] {
    return [...this.#stages].sort(([a], [b]) => a - b).map(([, built]) => built);
  }

  /** Builds a stage for another. The triggers of a base image can make a circle that the Dockerfile does not show. */
  #buildFor(waiting: Stage, needed: Stage): Promise<BuiltStage> {
    const seen = new Set([needed]);
    for (const stage of seen) for (const next of this.#waits.get(stage) ?? []) seen.add(next);
    if (seen.has(waiting)) throw circular([waiting, needed, waiting]);
    this.#waits.set(waiting, (this.#waits.get(waiting) ?? new Set()).add(needed));
    const { session } = this.#options;
    session.emit({ kind: 'stage-needs', stage: this.#nameOf(waiting), needed: this.#nameOf(needed) });
    return this.build(needed);
  }

  /** What the FROM of a stage names, with the global variables put in. */
  baseOf(stage: Stage): string {
    const { dockerfile, global } = this.#options;
    const base = expand(stage.from.image, global.look, { escape: dockerfile.directives.escape });
    if (base !== '') return base;
    const error = new LadingError('BUILD_INVALID', `"${stage.from.image}" is empty: it names no base image`, {
      hint: 'Give the ARG in it a default before the first FROM, or a value with --build-arg.',
    });
    throw placed(error, dockerfile, stage.from);
  }

  async #build(stage: Stage): Promise<BuiltStage> {
    const instead = stage.name === undefined ? undefined : this.#options.session.contexts.get(stage.name);
    if (instead !== undefined) return { ...(await this.#fromContext(stage, stage.name ?? '', instead)), steps: [] };
    const { dockerfile, session, prefix } = this.#options;
    const { state: base, scope } = await this.#start(stage);
    // Docker writes null where there are none.
    const { OnBuild, ...config } = base.config;
    const triggers = (OnBuild ?? []).map((text) => this.#trigger(stage, text));
    const instructions = [...triggers, ...stage.instructions];
    let state: StageState = { ...base, config };
    let ownCommand = false;
    const steps: StepReport[] = [];
    for (const [index, instruction] of instructions.entries()) {
      throwIfAborted(session.signal);
      const title = `${prefix}${nameOf(stage)} ${index + 1}/${instructions.length} ${instruction.line}`;
      // A trigger stands in no line of this Dockerfile: it belongs to the FROM that brought it.
      const place = index < triggers.length ? stage.from : instruction;
      try {
        const applied = await this.#apply({
          ...{ stage, state, scope, instruction, title, id: `${prefix}${stage.index}:${index}` },
          line: place.span.start.line,
        });
        state = applied.state;
        if (applied.report !== undefined) steps.push(applied.report);
      } catch (error) {
        throw placed(error, dockerfile, place);
      }
      if (instruction.keyword === 'CMD') ownCommand = true;
      if (instruction.keyword === 'ENTRYPOINT' && !ownCommand)
        state = { ...state, config: withoutCommand(state.config) };
    }
    return { state, scope, steps };
  }

  /** Behind the platform where several are built. */
  #nameOf(stage: Stage): string {
    return this.#options.prefix + nameOf(stage);
  }

  #trigger(stage: Stage, text: string): Instruction {
    const { dockerfile } = this.#options;
    try {
      return parseInstruction(text, { escape: dockerfile.directives.escape, filename: 'ONBUILD of the base image' });
    } catch (error) {
      throw placed(error, dockerfile, stage.from);
    }
  }

  async #start(stage: Stage): Promise<{ state: StageState; scope: StageScope }> {
    const { dockerfile, global, buildArgs, session, resolveBase } = this.#options;
    const options = { escape: dockerfile.directives.escape };
    const name = this.baseOf(stage);
    const earlier = baseStage(dockerfile, stage, name);
    if (earlier !== undefined) {
      session.emit({ kind: 'stage-base', stage: this.#nameOf(stage), name: this.#nameOf(earlier) });
      const { state, scope } = await this.#buildFor(stage, earlier);
      return { state, scope: new StageScope(global, buildArgs, options, scope) };
    }
    const context = session.contexts.get(name);
    if (context !== undefined) return this.#fromContext(stage, name, context);
    const { from } = stage;
    try {
      const platform = this.#platformOf(stage);
      const image = name === 'scratch' ? undefined : await resolveBase(name, platform);
      const { digest } = image?.descriptor ?? {};
      session.emit({ kind: 'stage-base', stage: this.#nameOf(stage), name, digest });
      const state = image === undefined ? emptyState(platform) : { ...stateOf(image), base: baseImage(image, name) };
      return { state, scope: new StageScope(global, buildArgs, options) };
    } catch (error) {
      throw placed(error, dockerfile, from);
    }
  }

  #platformOf({ from }: Stage): Platform {
    const { dockerfile, global, session } = this.#options;
    if (from.platform === undefined) return session.platform;
    return parsePlatform(expand(from.platform, global.look, { escape: dockerfile.directives.escape }));
  }

  /** A stage that is, or starts from, a named context. */
  async #fromContext(
    stage: Stage,
    name: string,
    context: NamedContext,
  ): Promise<{ state: StageState; scope: StageScope }> {
    const { dockerfile, global, buildArgs, session } = this.#options;
    try {
      const platform = this.#platformOf(stage);
      const state = await contextState(session, context, platform);
      session.emit({ kind: 'stage-base', stage: this.#nameOf(stage), name, digest: undefined });
      return { state, scope: new StageScope(global, buildArgs, { escape: dockerfile.directives.escape }) };
    } catch (error) {
      throw placed(error, dockerfile, stage.from);
    }
  }

  async #apply(at: AppliedAt): Promise<{ state: StageState; report?: StepReport }> {
    const { state, scope, instruction } = at;
    const session = this.#sessionOf(at);
    const note = { createdBy: instruction.line, epoch: session.epoch };
    switch (instruction.keyword) {
      case 'ARG':
        scope.declare(instruction, state.config.Env ?? []);
        return { state: withStep(state, note, {}) };
      case 'WORKDIR': {
        const path = workingDirectory(state.config, scope.expand(instruction.path, state.config.Env ?? []));
        const { layer, report } = await this.#step(at, () => makeWorkingDirectory(session, state, path));
        return { state: withStep(state, note, { config: { ...state.config, WorkingDir: path }, layer }), report };
      }
      case 'COPY':
      case 'ADD': {
        const sources = instruction.sources.map((source) => scope.expand(source, state.config.Env ?? []));
        // Outside the step, whose time is its own and not that of the stage it waits for.
        const files = await this.#sourceOf(at.stage, instruction.keyword === 'COPY' ? instruction.from : undefined);
        const { layer, report } = await this.#step(at, async () => {
          const isAdd = instruction.keyword === 'ADD';
          const inputs = isAdd
            ? await addInputs(session, instruction, sources)
            : [filesInput(files, sources, instruction)];
          return copyFiles(session, state, instruction, inputs, scope);
        });
        return { state: withStep(state, note, { layer }), report };
      }
      case 'RUN': {
        const sources = await this.#mountSources(at, instruction);
        const { layer, report } = await this.#step(at, () => runCommand(session, state, instruction, scope, sources));
        const comment = session.run.options.scrub === undefined ? undefined : 'scrubbed';
        return { state: withStep(state, { ...note, comment }, { layer }), report };
      }
      case 'MAINTAINER':
        return { state: withStep({ ...state, author: instruction.maintainer }, note, {}) };
      default: {
        const config = changeConfig(state.config, instruction, scope);
        return { state: withStep(state, note, config === undefined ? {} : { config }) };
      }
    }
  }

  #placeOf({ stage, id, title, line }: AppliedAt): StepPlace {
    return { id, title, line, stage: this.#nameOf(stage) };
  }

  #sessionOf(at: AppliedAt): StepSession & DockerfileSession {
    const { session, inImage } = this.#options;
    const own = {
      ...session,
      step: this.#placeOf(at),
      noCache: session.noCache || this.#options.noCacheFilter.includes(nameOf(at.stage)),
    };
    return inImage(at.stage) ? own : { ...own, compression: sourceCompression };
  }

  async #step(
    at: AppliedAt,
    work: () => Promise<CachedStep>,
  ): Promise<{ layer: BuiltLayer | undefined; report: StepReport }> {
    const { done, report } = await inStep(this.#options.session, this.#placeOf(at), work);
    return { layer: done.layer, report };
  }

  /** What the mounts of a RUN show. */
  async #mountSources({ stage }: AppliedAt, { mounts }: RunInstruction): Promise<MountSources> {
    const names = mounts.flatMap(({ type, from }) => (type === 'bind' || from !== undefined ? [from] : []));
    const found = await Promise.all(names.map(async (from) => [from, await this.#sourceOf(stage, from)] as const));
    return new Map(found);
  }

  /** `--from`: an earlier stage, else a named context, else an image; without it the build context. */
  async #sourceOf(stage: Stage, from: string | undefined): Promise<FileSource> {
    const { dockerfile, session, resolveBase } = this.#options;
    if (from === undefined) return session.context;
    const built = sourceStage(dockerfile, from);
    const context = built === undefined ? session.contexts.get(from) : undefined;
    if (context?.kind === 'files') return context.files();
    const layers =
      built !== undefined
        ? (await this.#buildFor(stage, built)).state.layers
        : context === undefined
          ? (await resolveBase(from, session.platform)).layers
          : ((await context.image(session.platform))?.layers ?? []);
    return createImageSource({
      name: built === undefined ? `the image ${from}` : `the stage ${from}`,
      id: fileSystemId({ layers }),
      open: () => session.fileSystems.open(layers, session),
      layers,
      epoch: session.epoch,
    });
  }
}

interface AppliedAt {
  readonly stage: Stage;
  readonly state: StageState;
  readonly scope: StageScope;
  readonly instruction: Instruction;
  readonly title: string;
  readonly id: string;
  /** Of the Dockerfile. */
  readonly line: number;
}
