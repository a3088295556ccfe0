import { isLadingError } from '@lading/errors';
import type { ContentStore, Ingest } from '@lading/store';

/** A request on an upload, which may bring content. */
export interface Incoming {
  /** All of it has arrived. */
  readonly complete: boolean;
  /** Closes its connection. */
  destroy(): void;
}

/** One blob upload. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  /**
   * Runs alone among the requests on this upload, with the state of it that the store has; `undefined` when it is gone by then.
   *
   * An upload has one client, which sends one request after another: whoever comes while the content of another request still arrives has
   * given that one up, whatever its connection says. That connection is closed, what arrived over it is kept, and the newer one starts from
   * there.
   */
  use<T>(request: Incoming, work: (ingest: Ingest) => Promise<T>): Promise<T | undefined>;
}

export interface Uploads {
  begin(repository: string): Promise<Upload>;
  /**
   * The upload of that id in that repository, if there is one, which `use()` finds out: also one that was begun before this process started,
   * or by another. Undefined when it belongs to another repository.
   */
  find(repository: string, id: string): Upload | undefined;
  /** Forgets it, after a commit or an abort. */
  end(id: string): void;
}

const idPattern = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * The id of an upload is the id of its ingest in the content store, where its bytes lie, and each request takes it from there; so an upload
 * survives a restart of the server, its requests may reach several servers, and its state is never in two places.
 */
export function createUploads(content: ContentStore): Uploads {
  const open = new Map<string, Upload>();

  const resumed = async (id: string): Promise<Ingest | undefined> => {
    try {
      return await content.begin({ resume: id });
    } catch (error) {
      if (isLadingError(error, 'INGEST_NOT_FOUND')) return undefined;
      throw error;
    }
  };

  const opened = (repository: string, id: string): Upload => {
    let queue: Promise<unknown> = Promise.resolve();
    let newest: Incoming | undefined;
    const upload: Upload = {
      id,
      repository,
      use(request, work) {
        if (newest?.complete === false) newest.destroy();
        newest = request;
        const result = queue.then(async () => {
          if (open.get(id) !== upload) return undefined;
          const ingest = await resumed(id);
          if (ingest !== undefined) return work(ingest);
          open.delete(id);
          return undefined;
        });
        const over = (): void => {
          if (newest === request) newest = undefined;
        };
        queue = result.then(over, over);
        return result;
      },
    };
    open.set(id, upload);
    return upload;
  };

  return {
    async begin(repository) {
      return opened(repository, (await content.begin()).id);
    },
    find(repository, id) {
      if (!idPattern.test(id)) return undefined;
      const upload = open.get(id) ?? opened(repository, id);
      return upload.repository === repository ? upload : undefined;
    },
    end(id) {
      open.delete(id);
    },
  };
}
