import type { CheckFinding, ImageFacts, NotableFile } from '@lading/facts';
import type { History, ImageConfig } from '@lading/oci';

/** What a check looks at. */
export interface CheckedImage {
  readonly facts: ImageFacts;
  readonly config: ImageConfig;
  /** The name under which it is looked at. */
  readonly reference?: string | undefined;
  /** The config's unless told. */
  readonly history?: readonly History[] | undefined;
  /** For what depends on how old the image is, which is not asked without it. */
  readonly now?: Date | undefined;
}

/** One thing that is unwise in how an image is made. Its id is in findings and ignore rules, so it never changes. */
export interface Check extends Omit<CheckFinding, keyof Hit | 'suppressed'> {
  /** Everything of the image that it is about; nothing where all is well. */
  find(image: CheckedImage): readonly Hit[];
}

/** Where a check found something. */
export type Hit = Pick<CheckFinding, 'subjects' | 'layer'>;

/** The files of some kinds, one hit for each layer that brought any. */
export function filesOf(image: CheckedImage, ...kinds: readonly NotableFile['kind'][]): readonly Hit[] {
  const files = image.facts.files.filter(({ kind }) => kinds.includes(kind));
  const layers = [...new Set(files.map(({ layer }) => layer))].sort((a, b) => a - b);
  return layers.map((layer) => ({
    layer,
    subjects: [...new Set(files.filter((file) => file.layer === layer).map(subjectOf))].sort(),
  }));
}

function subjectOf({ path, detail }: NotableFile): string {
  return detail === undefined ? path : `${path} (${detail})`;
}

/** Every instruction that a pattern finds, with the index of its layer where it made one. */
export function instructionsOf(image: CheckedImage, pattern: RegExp): readonly Hit[] {
  let layers = 0;
  return (image.history ?? image.config.history ?? []).flatMap(({ created_by: text = '', empty_layer: empty }) => {
    const layer = empty === true ? undefined : layers++;
    const instruction = text.replace(/^\/bin\/sh -c (?:#\(nop\)\s*)?/, '');
    return pattern.test(instruction) ? [{ subjects: [shortened(instruction)], layer }] : [];
  });
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
