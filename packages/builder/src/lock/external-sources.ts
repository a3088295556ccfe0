import {
  type Dockerfile,
  type Environment,
  expand,
  type Instruction,
  parseInstruction,
  parseMount,
  type Stage,
} from '@lading/dockerfile';
import { isDigest, parseReference } from '@lading/oci';
import { changeConfig } from '../dockerfile/metadata.ts';
import { type GlobalScope, StageScope } from '../dockerfile/scope.ts';
import { baseStage, sourceStage } from '../dockerfile/stages.ts';
import { isRemote } from '../source/add-remote.ts';
import { parseGitAddress, withoutCredentials } from '../source/git/git-address.ts';
import type { BuildConfig } from '../stage-state.ts';
import { imagePinName } from './lock-file.ts';
import { isFullCommit, type Unpinned } from './pins.ts';

export interface ExternalSourcesOptions {
  readonly dockerfile: Dockerfile;
  readonly stages: readonly Stage[];
  readonly global: GlobalScope;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Whether a name is that of a named context, which stands for something else then. */
  readonly isContext: (name: string) => boolean;
  /** The variables that an image brings. Where they are not known, addresses that need one of them are left out. */
  readonly environmentOf?: ((image: string) => Promise<readonly string[] | undefined>) | undefined;
}

/** One source and, for addresses, how the Dockerfile writes it. */
export interface ExternalSource extends Unpinned {
  /** With what may be secret in it: for fetching. */
  readonly text: string;
}

/**
 * What stages take in from outside under a name that can move: images by tag, repositories by branch, addresses without a checksum.
 * Variables are followed as in a build; what triggers of base images take in is not seen, that of stages is.
 */
export async function externalSources(options: ExternalSourcesOptions): Promise<readonly ExternalSource[]> {
  const walk = new Walk(options);
  for (const stage of options.stages) await walk.visit(stage);
  return walk.found;
}

interface Walked {
  readonly scope: StageScope;
  readonly config: BuildConfig;
  /** Whether every variable of the base is known. */
  readonly complete: boolean;
}

class Walk {
  readonly found: ExternalSource[] = [];
  readonly #options: ExternalSourcesOptions;
  readonly #walked = new Map<number, Walked>();

  constructor(options: ExternalSourcesOptions) {
    this.#options = options;
  }

  async visit(stage: Stage): Promise<Walked> {
    const known = this.#walked.get(stage.index);
    if (known !== undefined) return known;
    const start = await this.#start(stage);
    const { OnBuild = [], ...own } = start.config;
    const options = { escape: this.#options.dockerfile.directives.escape, filename: 'ONBUILD' };
    const triggers = OnBuild.map((text) => parseInstruction(text, options));
    let config: BuildConfig = own;
    for (const [index, instruction] of [...triggers, ...stage.instructions].entries()) {
      if (instruction.keyword === 'ARG') start.scope.declare(instruction, config.Env ?? []);
      // A trigger belongs to the FROM that brought it.
      const place = index < triggers.length ? stage.from : instruction;
      this.#note(instruction, place, { ...start, config });
      config = changeConfig(config, instruction, start.scope) ?? config;
    }
    const walked = { ...start, config };
    this.#walked.set(stage.index, walked);
    return walked;
  }

  async #start(stage: Stage): Promise<Walked> {
    const { dockerfile, global, buildArgs, isContext, environmentOf } = this.#options;
    const { directives } = dockerfile;
    const base = expand(stage.from.image, global.look, { escape: directives.escape });
    const earlier = baseStage(dockerfile, stage, base);
    if (earlier !== undefined) {
      const { scope, config, complete } = await this.visit(earlier);
      return { scope: new StageScope(global, buildArgs, { escape: directives.escape }, scope), config, complete };
    }
    const scope = new StageScope(global, buildArgs, { escape: directives.escape });
    if (base === 'scratch' || base === '') return { scope, config: {}, complete: true };
    if (isContext(base)) return { scope, config: {}, complete: false };
    this.#image(base, stage.from);
    const env = await environmentOf?.(base);
    return { scope, config: { Env: env ?? [] }, complete: env !== undefined };
  }

  #note(instruction: Instruction, place: Instruction, { scope, config, complete }: Walked): void {
    if (instruction.keyword === 'COPY' && instruction.from !== undefined) this.#from(instruction.from, place);
    if (instruction.keyword === 'RUN')
      for (const { text } of instruction.mounts) {
        const { from } = parseMount(text);
        if (from !== undefined) this.#from(from, place);
      }
    if (instruction.keyword !== 'ADD') return;
    let unknown = false;
    const look: Environment = (name) => {
      const value = scope.environment(config.Env ?? [])(name);
      unknown ||= value === undefined;
      return value;
    };
    for (const source of instruction.sources) {
      unknown = false;
      const text = expand(source, look, scope.expandOptions);
      if (!isRemote(text) || (unknown && !complete)) continue;
      this.#remote(text, instruction.checksum !== undefined, place);
    }
  }

  #from(name: string, place: Instruction): void {
    const { dockerfile, isContext } = this.#options;
    if (name === 'scratch' || isContext(name) || sourceStage(dockerfile, name) !== undefined) return;
    this.#image(name, place);
  }

  #image(text: string, { span }: Instruction): void {
    if (parseReference(text).digest === undefined)
      this.#add({ kind: 'images', name: imagePinName(text), text, line: span.start.line });
  }

  #remote(text: string, checked: boolean, { span }: Instruction): void {
    const { line } = span.start;
    const address = parseGitAddress(text);
    const name = withoutCredentials(text);
    if (address === undefined) {
      if (!checked) this.#add({ kind: 'http', name, text, line });
    } else if (!isFullCommit(address)) this.#add({ kind: 'git', name, text, line });
  }

  #add(source: ExternalSource): void {
    const { kind, name } = source;
    if (!this.found.some((one) => one.kind === kind && one.name === name)) this.found.push(source);
  }
}

/** The sources that named contexts bring themselves. */
export function contextSources(contexts: Readonly<Record<string, string>>): readonly ExternalSource[] {
  return Object.values(contexts).flatMap((text): ExternalSource[] => {
    const image = /^docker-image:(?:\/\/)?(.*)$/s.exec(text)?.[1];
    if (image !== undefined)
      return image === 'scratch' || isDigest(parseReference(image).digest ?? '')
        ? []
        : [{ kind: 'images', name: imagePinName(image), text: image }];
    const recipe = /^recipe:(?:\/\/)?(.*)$/s.exec(text)?.[1];
    if (recipe !== undefined) return [{ kind: 'recipes', name: recipe, text: recipe }];
    const git = text.replace(/^git:(?!\/\/)/, '');
    const address = parseGitAddress(git, { local: true, short: true });
    if (address !== undefined)
      return isFullCommit(address) ? [] : [{ kind: 'git', name: withoutCredentials(git), text: git }];
    return /^https?:\/\//.test(text) ? [{ kind: 'http', name: withoutCredentials(text), text }] : [];
  });
}
