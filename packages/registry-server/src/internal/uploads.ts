import { createHash } from 'node:crypto';
import { isLadingError } from '@lading/errors';
import type { DigestAlgorithm } from '@lading/oci';
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
  /** The content is hashed with that algorithm while it arrives; with another at its end, should its digest be of that. */
  begin(repository: string, algorithm?: DigestAlgorithm): Promise<Upload>;
  /**
   * The upload of that id in that repository, if there is one, which `use()` finds out: also one that was begun before this process started,
   * or by another. Undefined when it belongs to another repository.
   */
  find(repository: string, id: string): Upload | undefined;
}

/** The requests that are running on an upload. */
interface Requests {
  /** Ends with the last of them. */
  queue: Promise<unknown>;
  newest: Incoming | undefined;
}

/**
 * The id of an upload is that of its ingest in the content store, where its bytes lie, with a mark of its repository; each request takes it
 * from there. So nothing is remembered between requests: an upload survives a restart, its requests may reach several servers, its state is
 * never in two places, and those that nobody ends cost no memory.
 */
export function createUploads(content: ContentStore): Uploads {
  const running = new Map<string, Requests>();

  const resumed = async (ingestId: string): Promise<Ingest | undefined> => {
    try {
      return await content.begin({ resume: ingestId });
    } catch (error) {
      if (isLadingError(error, 'INGEST_NOT_FOUND')) return undefined;
      throw error;
    }
  };

  const uploadOf = (repository: string, ingestId: string): Upload => ({
    id: uploadId(repository, ingestId),
    repository,
    use(request, work) {
      const requests = running.get(ingestId) ?? { queue: Promise.resolve(), newest: undefined };
      running.set(ingestId, requests);
      if (requests.newest?.complete === false) requests.newest.destroy();
      requests.newest = request;
      const result = requests.queue.then(async () => {
        const ingest = await resumed(ingestId);
        return ingest && work(ingest);
      });
      const over = (): void => {
        if (requests.newest === request) running.delete(ingestId);
      };
      requests.queue = result.then(over, over);
      return result;
    },
  });

  return {
    async begin(repository, algorithm) {
      return uploadOf(repository, (await content.begin({ expected: { algorithm } })).id);
    },
    find(repository, id) {
      const ingestId = /^([A-Za-z0-9_-]{1,128})\.[0-9a-f]+$/.exec(id)?.[1];
      return ingestId !== undefined && uploadId(repository, ingestId) === id
        ? uploadOf(repository, ingestId)
        : undefined;
    },
  };
}

function uploadId(repository: string, ingestId: string): string {
  return `${ingestId}.${createHash('sha256').update(repository).digest('hex').slice(0, 16)}`;
}
