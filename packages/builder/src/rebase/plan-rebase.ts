import type { Io } from '@lading/bytes';
import type { Image } from '@lading/image';
import { type Digest, formatPlatform } from '@lading/oci';
import { type StageState, stateOf } from '../stage-state.ts';
import { inheritedReasons, withUsers } from './inherited.ts';
import { openTrees, type StepKind, stepReasons } from './step-reasons.ts';
import { type UpperInstruction, upperInstructions } from './upper-instructions.ts';

export interface PlanRebaseRequest {
  readonly image: Image;
  /** That the image was built on: its layers are the lowest of the image. */
  readonly base: Image;
  readonly onto: Image;
  /**
   * Whether the history can be taken at its word when it says `COPY --link`: provenance says that this builder made the image. Otherwise
   * such a layer is looked at like any other.
   */
  readonly linksHold: boolean;
  /** Does not look into layers that a process made: it is decided already. */
  readonly force?: boolean | undefined;
}

export interface RebasePlan {
  readonly safe: boolean;
  /** False for what not even force does: another base than that of the image, or another platform. */
  readonly possible: boolean;
  readonly base: Digest;
  readonly onto: Digest;
  /** Why not, about the image as a whole. */
  readonly reasons: readonly string[];
  /** Those above the base, from the lowest. */
  readonly layers: readonly PlannedLayer[];
}

export interface PlannedLayer {
  readonly digest: Digest;
  /** In the image as it is, from 1. */
  readonly layer: number;
  readonly instruction: string | undefined;
  /** `linked`: made as if on nothing. */
  readonly kind: StepKind;
  /** Why it cannot be put on the new base; empty when it can. */
  readonly reasons: readonly string[];
}

/**
 * Whether the layers above a base can be put on another one, with the outcome that building on it would have: for each layer, and the image as
 * a whole. Nothing is written; the layers of the bases are read only when a layer was made from what is below it.
 */
export async function planRebase(request: PlanRebaseRequest, io: Io = {}): Promise<RebasePlan> {
  const { image, base, onto } = request;
  const instructions = upperInstructions(image, base);
  const states = { before: stateOf(base), after: stateOf(onto) };
  const reasons = imageReasons(request, states, instructions);
  const trees = openTrees(base, onto, io);
  const layers: PlannedLayer[] = [];
  for (const instruction of withUsers(instructions, states.before.config, states.after.config)) {
    const { text, layer, number } = instruction;
    const { kind, reasons: own } = await stepReasons(instruction, request, trees, io);
    if (layer === undefined || number === undefined) reasons.push(...own.map((reason) => `${text}: ${reason}`));
    else layers.push({ digest: layer.descriptor.digest, layer: number, instruction: text, kind, reasons: own });
  }
  const safe = reasons.length === 0 && layers.every((layer) => layer.reasons.length === 0);
  const possible = impossibilities(request).length === 0;
  return { safe, possible, base: base.descriptor.digest, onto: onto.descriptor.digest, reasons, layers };
}

/** One line for each reason, with the layer that it is about. */
export function planReasons({ reasons, layers }: RebasePlan): readonly string[] {
  const ofLayers = layers.flatMap(({ layer, instruction, reasons: own }) =>
    own.map((reason) => `layer ${layer}${instruction === undefined ? '' : ` (${instruction})`}: ${reason}`),
  );
  return [...reasons, ...ofLayers];
}

function impossibilities({ image, base, onto }: PlanRebaseRequest): string[] {
  const reasons: string[] = [];
  const isBelow = base.layers.every(({ diffId }, at) => image.layers[at]?.diffId === diffId);
  if (!isBelow)
    reasons.push(`the layers of ${base.descriptor.digest} are not its lowest: it was built on something else`);
  const [its, other] = [image.platform, onto.platform].map(({ os, architecture }) => `${os}/${architecture}`);
  if (its !== other)
    reasons.push(`it is for ${formatPlatform(image.platform)}, the new base for ${formatPlatform(onto.platform)}`);
  return reasons;
}

interface States {
  readonly before: StageState;
  readonly after: StageState;
}

function imageReasons(
  request: PlanRebaseRequest,
  { before, after }: States,
  instructions: readonly UpperInstruction[],
): string[] {
  const reasons = [...impossibilities(request)];
  if (!isSame(before.config.OnBuild ?? [], after.config.OnBuild ?? []))
    reasons.push('the ONBUILD triggers of the new base are other ones, and only a build runs them');
  return [...reasons, ...inheritedReasons(before.config, after.config, instructions)];
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
