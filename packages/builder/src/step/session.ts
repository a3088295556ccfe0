import type { Bytes, Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { layerOf, type WrittenLayer, writeLayer } from '@lading/image';
import type { Digest, Platform } from '@lading/oci';
import type { Snapshots } from '@lading/runtime';
import type { Repository } from '@lading/store';
import { type TarEntryInput, writeTar } from '@lading/tar';
import type { ArchiveLimits } from '../archive/limits.ts';
import type { BuildEvent } from '../build-event.ts';
import type { StepExplanation } from '../cache/explanation.ts';
import type { StepCache, StepOutcome } from '../cache/step-cache.ts';
import type { StepKey } from '../cache/step-key.ts';
import type { NamedContexts } from '../context/named-contexts.ts';
import type { FileSource } from '../file-source.ts';
import type { FileSystems } from '../file-system.ts';
import type { StepExplainer } from '../history/explain-step.ts';
import type { Limiter } from '../internal/limiter.ts';
import type { Pins } from '../lock/pins.ts';
import type { Materials } from '../materials.ts';
import { compressionName, type LayerCompression } from '../output/layer-compression.ts';
import type { RunEnvironment } from '../run/run-environment.ts';
import type { Remotes } from '../source/remotes.ts';
import type { BuiltLayer } from '../stage-state.ts';

/** What all steps of one build share. */
export interface BuildSession extends Io {
  readonly output: Repository;
  readonly platform: Platform;
  readonly epoch: number;
  readonly noCache: boolean;
  readonly cache: StepCache;
  readonly explainer: StepExplainer;
  readonly fileSystems: FileSystems;
  readonly snapshots: () => Promise<Snapshots>;
  readonly context: FileSource;
  readonly spoolFolder: string;
  readonly limiter: Limiter;
  readonly emit: (event: BuildEvent) => void;
  readonly materials: Materials;
  /** How the layers of steps are compressed; may differ between stages. */
  readonly compression: LayerCompression;
  /** How those in the image are. */
  readonly imageCompression: LayerCompression;
  /** Steps that are under way, so that equal ones of two stages run once. */
  readonly running: Map<Digest, Promise<StepOutcome>>;
}

/** Where a step stands: what an explanation, a history and a log call it by. */
export interface StepPlace {
  /**
   * The same in every build of the same thing: of a Dockerfile `<stage index>:<instruction index>`, behind the platform where there are several.
   */
  readonly id: string;
  /** `builder 2/5 RUN make`. */
  readonly title: string;
  /** As a Dockerfile names it, else `stage-0`; of other frontends what goes on by itself. */
  readonly stage: string;
  /** From 1, in the Dockerfile; absent for what stands in none. */
  readonly line?: number | undefined;
}

/** What one step has: the session of its build, and its own place. */
export interface StepSession extends BuildSession {
  readonly step: StepPlace;
}

/** What keeping outcomes needs: also steps of another frontend have it. */
export type CacheSession = Io &
  Pick<BuildSession, 'output' | 'noCache' | 'cache' | 'explainer' | 'limiter' | 'emit' | 'compression' | 'running'> & {
    readonly step?: StepPlace | undefined;
  };

/** What making layers of an image needs besides. */
export type LayerSession = CacheSession & Pick<BuildSession, 'imageCompression'>;

/** What the steps of a Dockerfile have besides. */
export interface DockerfileSession extends BuildSession {
  /** How RUN steps run. */
  readonly run: RunEnvironment;
  /** What the image says of when it was made; seconds since 1970. */
  readonly created: number;
  readonly contexts: NamedContexts;
  readonly remotes: Remotes;
  readonly pins: Pins;
  /** Of what is unpacked. */
  readonly limits: ArchiveLimits;
}

export interface CachedStep {
  readonly layer?: BuiltLayer;
  readonly cached: boolean;
  /** Under which the outcome is kept: the first one, which is the same however it was found. */
  readonly key: Digest;
  /** Absent for what is no step of its own. */
  readonly explanation?: StepExplanation | undefined;
}

/** Takes a step's outcome from the cache, or does the work and keeps what came of it. What is no step of its own has no place. */
export async function throughCache(
  session: CacheSession,
  key: StepKey,
  work: () => Promise<StepOutcome>,
  /** A key that is dearer to find out and holds more often: asked for when the first finds nothing. The outcome is kept under both. */
  closer?: (() => Promise<StepKey>) | undefined,
): Promise<CachedStep> {
  const find = async (digest: Digest): Promise<StepOutcome | undefined> =>
    session.noCache ? undefined : session.cache.find(digest, session);
  let used = key;
  let known = await find(key.digest);
  if (known === undefined && closer !== undefined) {
    used = await closer();
    known = await find(used.digest);
    if (known !== undefined) await session.cache.keep(key.digest, known, used.digest);
  }
  const explanation = await explain(session, used, known);
  if (known !== undefined) return { ...layerFrom(session, known), cached: true, key: key.digest, explanation };
  let running = session.running.get(used.digest);
  if (running === undefined) {
    running = session.limiter(async () => {
      throwIfAborted(session.signal);
      const outcome = await work();
      await session.cache.keep(used.digest, outcome);
      return outcome;
    });
    session.running.set(used.digest, running);
  }
  const outcome = await running;
  if (used !== key) await session.cache.keep(key.digest, outcome, used.digest);
  return { ...layerFrom(session, outcome), cached: false, key: key.digest, explanation };
}

async function explain(
  { step, explainer, noCache, emit }: CacheSession,
  key: StepKey,
  known: StepOutcome | undefined,
): Promise<StepExplanation | undefined> {
  if (step === undefined) return undefined;
  const explanation = known === undefined ? await explainer.miss(step, key, noCache) : explainer.hit(known);
  const { id, stage, line } = step;
  const explainedBy = known?.origin?.explainedBy ?? key.digest;
  emit({ kind: 'step-key', step: id, stage, line, key: explainedBy, explanation });
  return explanation;
}

function layerFrom(session: Pick<CacheSession, 'output'>, { layer }: StepOutcome): { layer?: BuiltLayer } {
  if (layer === undefined) return {};
  const { descriptor, diffId, compressedAs } = layer;
  return { layer: { ...layerOf(session.output.content, descriptor, diffId), compressedAs } };
}

/** Writes what a step made as a layer. */
export async function writeStepLayer(
  session: Io & Pick<CacheSession, 'output' | 'compression'>,
  entries: Iterable<TarEntryInput> | AsyncIterable<TarEntryInput>,
): Promise<WrittenLayer & Pick<BuiltLayer, 'compressedAs'>> {
  return writeStepTar(session, writeTar(entries, session));
}

/** The same of a tar. */
export async function writeStepTar(
  { signal, compression, output }: Io & Pick<CacheSession, 'output' | 'compression'>,
  tar: Bytes,
): Promise<WrittenLayer & Pick<BuiltLayer, 'compressedAs'>> {
  const written = await writeLayer(output, tar, { signal, ...compression });
  return { ...written, compressedAs: compressionName(compression) };
}
