/** What names an artifact of Maven. */
export interface Coordinates {
  /** Undefined where nothing surely says it. */
  readonly groupId?: string | undefined;
  readonly artifactId: string;
  readonly version: string;
  /** `linux-x86_64`: which of several files of one artifact. */
  readonly classifier?: string | undefined;
}

/** Whether a text may be a groupId or an artifactId, and is no placeholder. */
export function isId(text: string | undefined): text is string {
  return text !== undefined && /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/.test(text);
}

/** Whether a text may be a version: builds leave `${project.version}`, `unspecified` and `unknown` behind. */
export function isVersion(text: string | undefined): text is string {
  return text !== undefined && /^[A-Za-z0-9_.+-]{1,128}$/.test(text) && /\d/.test(text);
}
