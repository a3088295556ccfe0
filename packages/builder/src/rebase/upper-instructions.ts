import { type Instruction, parseInstruction } from '@lading/dockerfile';
import type { Image, Layer } from '@lading/image';
import type { History } from '@lading/oci';

/** One entry of the history above the base. */
export interface UpperInstruction {
  readonly history: History;
  /** As Dockerfiles write it; undefined where nobody says. */
  readonly text: string | undefined;
  /** Undefined for what does not parse by itself, such as one with a heredoc. */
  readonly parsed: Instruction | undefined;
  /** That it made. */
  readonly layer?: Layer | undefined;
  /** Of that layer in the image, from 1. */
  readonly number?: number | undefined;
}

/** What was done on top of a base, whose layers are the lowest of the image. One entry for each layer where the history is not complete. */
export function upperInstructions(image: Image, base: Pick<Image, 'layers' | 'config'>): readonly UpperInstruction[] {
  const first = base.layers.length;
  const above = historyAbove(image, base);
  if (above === undefined) {
    return image.layers.slice(first).map((layer, at) => ({
      ...{ history: {}, text: undefined, parsed: undefined, layer, number: first + at + 1 },
    }));
  }
  let at = first;
  return above.map((history) => {
    const text = instructionText(history.created_by);
    const read = { history, text, parsed: text === undefined ? undefined : parsedOrNot(text) };
    return history.empty_layer === true ? read : { ...read, layer: image.layers[at], number: ++at };
  });
}

/** Undefined where the entries cannot be told from those of the base, or do not count as many layers as there are. */
function historyAbove(image: Image, base: Pick<Image, 'layers' | 'config'>): readonly History[] | undefined {
  const [all, below] = [image.config.history ?? [], base.config.history ?? []];
  const isBelow = below.every(({ created_by, empty_layer }, at) => {
    return all[at]?.created_by === created_by && (all[at]?.empty_layer ?? false) === (empty_layer ?? false);
  });
  const above = all.slice(below.length);
  const layers = above.filter(({ empty_layer }) => empty_layer !== true).length;
  return isBelow && layers === image.layers.length - base.layers.length ? above : undefined;
}

/** Without what Docker and BuildKit write around an instruction. A command alone is a RUN. */
function instructionText(createdBy: string | undefined): string | undefined {
  if (createdBy === undefined || createdBy.trim() === '') return undefined;
  const text = createdBy.replace(/\s+# buildkit$/, '');
  const nop = /^\/bin\/sh -c #\(nop\)\s+(.*)$/s.exec(text)?.[1];
  if (nop !== undefined) return nop;
  return text.startsWith('/bin/sh -c ') ? `RUN ${text.slice('/bin/sh -c '.length)}` : text;
}

function parsedOrNot(text: string): Instruction | undefined {
  try {
    return parseInstruction(text, { filename: 'the history' });
  } catch {
    return undefined;
  }
}
