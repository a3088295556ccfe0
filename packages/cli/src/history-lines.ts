import type { Image } from '@lading/image';
import type { Digest } from '@lading/oci';

/** One step of an image's making, the oldest first; its shape under `--json`. */
export interface HistoryLine {
  /** RFC 3339. */
  readonly created?: string;
  /** As it stands in the config. */
  readonly createdBy?: string;
  /** The same as one would write it in a Dockerfile. */
  readonly instruction?: string;
  readonly comment?: string;
  /** Absent for a step that changed no file. */
  readonly layer?: {
    readonly digest: Digest;
    readonly diffId: Digest;
    readonly mediaType: string;
    readonly size: number;
  };
}

/** The history with its layers. Where the history is missing or contradicts the layers, the layers alone. */
export function historyOf({ config, layers }: Image): HistoryLine[] {
  const entries = config.history ?? [];
  const rows = layers.map(({ descriptor: { digest, mediaType, size }, diffId }) => ({
    digest,
    diffId,
    mediaType,
    size,
  }));
  const counted = entries.filter((entry) => entry.empty_layer !== true).length;
  if (counted !== rows.length) return rows.map((layer) => ({ layer }));
  let next = 0;
  return entries.map(({ created, created_by: createdBy, comment, empty_layer: empty }) => {
    const layer = empty === true ? undefined : rows[next++];
    return {
      ...(created === undefined ? {} : { created }),
      ...(createdBy === undefined ? {} : { createdBy, instruction: instructionOf(createdBy) }),
      ...(comment === undefined || comment === '' ? {} : { comment }),
      ...(layer === undefined ? {} : { layer }),
    };
  });
}

/** Takes off what builders put around an instruction: `/bin/sh -c #(nop)  CMD ["sh"]`, `RUN /bin/sh -c make # buildkit`. */
export function instructionOf(createdBy: string): string {
  const text = createdBy.replace(/\s+#\s*buildkit\s*$/, '').trim();
  const nop = /^(?:RUN\s+)?\/bin\/sh -c #\(nop\)\s*/.exec(text);
  if (nop !== null) return text.slice(nop[0].length).trim();
  // With build arguments, as in `RUN |1 V=1 /bin/sh -c make`: how many there are, then each.
  const run = /^(?:RUN\s+)?(?:\|\d+\s.*?)?\/bin\/sh -c\s+/s.exec(text);
  return run === null ? text : `RUN ${text.slice(run[0].length)}`;
}
