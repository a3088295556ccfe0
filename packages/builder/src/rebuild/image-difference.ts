import type { Io } from '@lading/bytes';
import type { Image, Layer } from '@lading/image';
import type { History } from '@lading/oci';
import type { StepReport } from '../request.ts';
import { type LayerDifference, layerDifference } from './layer-difference.ts';

export type ImageDifference =
  /** Something that went into the build. */
  | { readonly kind: 'material'; readonly name: string; readonly before: string; readonly after: string | undefined }
  /** A member of the manifest or config: `config.Env`, `history[2].created_by`. Values are JSON; undefined where it is not there. */
  | {
      readonly kind: 'manifest' | 'config';
      readonly member: string;
      readonly before: string | undefined;
      readonly after: string | undefined;
    }
  | ({ readonly kind: 'layer' } & Instruction & LayerDifference)
  /** An instruction made a layer in one of the two alone. */
  | ({ readonly kind: 'layer-added' | 'layer-removed' } & Instruction);

/** What made a layer. */
export interface Instruction {
  /** Of the layer, from 1. */
  readonly layer: number;
  /** As the history has it; absent where that says nothing. */
  readonly instruction?: string | undefined;
  /** In the Dockerfile, from 1. */
  readonly line?: number | undefined;
}

/** What differs between an image and its rebuild, from the lowest layer up, then what the config and the manifest say. */
export async function imageDifferences(
  before: Image,
  after: Image,
  steps: readonly StepReport[],
  io: Io = {},
): Promise<readonly ImageDifference[]> {
  const differences: ImageDifference[] = [];
  for (const [old, now] of pairs(before, after)) {
    const one = now ?? old;
    if (one === undefined || old?.layer.descriptor.digest === now?.layer.descriptor.digest) continue;
    const told = { layer: one.at + 1, instruction: one.instruction, line: lineOf(one, steps) };
    if (old === undefined) differences.push({ kind: 'layer-added', ...told });
    else if (now === undefined) differences.push({ kind: 'layer-removed', ...told });
    else differences.push({ kind: 'layer', ...told, ...(await layerDifference(old.layer, now.layer, io)) });
  }
  return [...differences, ...configDifferences(before, after), ...manifestDifferences(before, after)];
}

interface Made {
  readonly layer: Layer;
  readonly at: number;
  readonly instruction: string | undefined;
}

/** Layers that the same instruction made; by number where the histories do not fit to each other. */
function pairs(before: Image, after: Image): readonly (readonly [Made | undefined, Made | undefined])[] {
  const [old, now] = [madeBy(before), madeBy(after)];
  const length = Math.max(old.length, now.length);
  return Array.from({ length }, (_, at) => [old[at], now[at]] as const);
}

/** One for each entry of the history, undefined where that made no layer; one for each layer where the history is not complete. */
function madeBy({ layers, config }: Image): readonly (Made | undefined)[] {
  const history = config.history ?? [];
  const isComplete = history.filter(({ empty_layer }) => empty_layer !== true).length === layers.length;
  if (!isComplete) return layers.map((layer, at) => ({ layer, at, instruction: undefined }));
  let at = -1;
  return history.map(({ empty_layer, created_by }: History) => {
    const layer = empty_layer === true ? undefined : layers[++at];
    return layer && { layer, at, instruction: created_by };
  });
}

function lineOf({ layer, instruction }: Made, steps: readonly StepReport[]): number | undefined {
  const byLayer = steps.find((step) => step.layer?.digest === layer.descriptor.digest);
  const byText = steps.find(({ title }) => instruction !== undefined && title.endsWith(` ${instruction}`));
  return (byLayer ?? byText)?.line;
}

function configDifferences({ config: before }: Image, { config: after }: Image): ImageDifference[] {
  const { rootfs: _old, ...old } = before;
  const { rootfs: _now, ...now } = after;
  return memberDifferences('', old, now).map((difference) => ({ kind: 'config', ...difference }));
}

/** Digests and sizes follow from the layers and the config. */
function manifestDifferences({ manifest: before }: Image, { manifest: after }: Image): ImageDifference[] {
  const shown = ({ mediaType, annotations, layers }: Image['manifest']): object => ({
    ...{ mediaType, annotations },
    layers: layers.map((layer) => ({ mediaType: layer.mediaType, annotations: layer.annotations })),
  });
  return memberDifferences('', shown(before), shown(after)).map((difference) => ({ kind: 'manifest', ...difference }));
}

interface MemberDifference {
  readonly member: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

function memberDifferences(member: string, before: unknown, after: unknown): MemberDifference[] {
  const [old, now] = [JSON.stringify(before), JSON.stringify(after)];
  if (old === now) return [];
  if (!isBranch(before) || !isBranch(after) || Array.isArray(before) !== Array.isArray(after))
    return [{ member, before: old, after: now }];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const path = Array.isArray(before) ? `${member}[${name}]` : member === '' ? name : `${member}.${name}`;
    return memberDifferences(path, before[name], after[name]);
  });
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
