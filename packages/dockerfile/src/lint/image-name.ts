/** The parts of an image reference as a FROM writes it. */
export interface ImageName {
  /** Without tag and digest. */
  readonly name: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

const domain = String.raw`(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const component = '[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*';
const path = `${component}(?:/${component})*`;
const reference = new RegExp(
  `^((?:${domain}/)?${path})(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);

/** Reads an image reference (distribution reference grammar); undefined when it is none. */
export function parseImageName(text: string): ImageName | undefined {
  if (text.length > 512 || /^[0-9a-f]{64}$/.test(text)) return undefined;
  const [, name, tag, digest] = reference.exec(text) ?? [];
  return name === undefined ? undefined : { name, tag, digest };
}
