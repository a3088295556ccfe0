import { isLadingError } from '@lading/errors';
import type { ContentStore, Ingest } from '@lading/store';

/** One blob upload. Requests on it run one after another. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  /** Bytes taken so far. */
  readonly offset: number;
  /** Runs alone among the requests on this upload; `undefined` when it is gone by then. */
  use<T>(work: (ingest: Ingest) => Promise<T>): Promise<T | undefined>;
}

export interface Uploads {
  begin(repository: string): Promise<Upload>;
  /** The upload of that id in that repository: also one that was begun before this process started. */
  find(repository: string, id: string): Promise<Upload | undefined>;
  /** Forgets it, after a commit or an abort. */
  end(id: string): void;
}

const idPattern = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * The id of an upload is the id of its ingest in the content store, where its bytes lie; so an upload survives a restart of the
 * server, and its state is never in two places.
 */
export function createUploads(content: ContentStore): Uploads {
  const open = new Map<string, Upload & { readonly ingest: Ingest }>();

  const adopt = (repository: string, ingest: Ingest): Upload => {
    let queue: Promise<unknown> = Promise.resolve();
    const upload = {
      id: ingest.id,
      repository,
      ingest,
      get offset() {
        return ingest.offset;
      },
      use<T>(work: (ingest: Ingest) => Promise<T>): Promise<T | undefined> {
        const result = queue.then(() => (open.get(ingest.id) === upload ? work(ingest) : undefined));
        queue = result.catch(() => {});
        return result;
      },
    };
    open.set(ingest.id, upload);
    return upload;
  };

  return {
    async begin(repository) {
      return adopt(repository, await content.begin());
    },
    async find(repository, id) {
      if (!idPattern.test(id)) return undefined;
      const known = open.get(id);
      if (known !== undefined) return known.repository === repository ? known : undefined;
      try {
        const ingest = await content.begin({ resume: id });
        // Two requests may have come for the same upload meanwhile: the first one's object is the upload.
        return open.get(id) ?? adopt(repository, ingest);
      } catch (error) {
        if (isLadingError(error, 'INGEST_NOT_FOUND')) return undefined;
        throw error;
      }
    },
    end(id) {
      open.delete(id);
    },
  };
}
