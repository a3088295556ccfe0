import { createHash, randomBytes } from 'node:crypto';
import { isLadingError } from '@lading/errors';
import type { DigestAlgorithm } from '@lading/oci';
import type { ContentStore, ExpectedContent, Ingest } from '@lading/store';

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
   * there. `expected` is what the request says of the whole, if the upload is empty.
   */
  use<T>(
    request: Incoming,
    work: (ingest: Ingest) => Promise<T>,
    expected?: ExpectedContent | undefined,
  ): Promise<T | undefined>;
  /** Its id names nothing any more. Only in `work`, after its ingest has ended. */
  end(): void;
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

/** So long an upload waits for its first byte; the clocks of servers that share a store may differ by as much. */
const emptyMs = 86_400_000;
const maxRemembered = 10_000;

/**
 * The id of an upload is that of its ingest in the content store, where its bytes lie, with a mark of its repository; each request takes it
 * from there. So nothing has to be remembered between requests: an upload survives a restart, its requests may reach several servers, its
 * state is never in two places, and those that nobody ends cost no memory.
 *
 * An upload without bytes is nothing but its id, which tells when it was begun. That it has had some is remembered, for the last of them, so
 * that one that ended is not taken for an empty one. Who asks for it at another server finds it empty: what is sent there is begun anew, and
 * verified by its digest as everything is.
 */
export function createUploads(content: ContentStore): Uploads {
  const running = new Map<string, Requests>();
  const begun = new Set<string>();

  const remember = (ingestId: string): void => {
    const [oldest] = begun;
    if (begun.size >= maxRemembered && oldest !== undefined) begun.delete(oldest);
    begun.add(ingestId);
  };

  const resumed = async (ingestId: string, expected: ExpectedContent): Promise<Ingest | undefined> => {
    try {
      const isEmpty = !begun.has(ingestId) && isFresh(ingestId);
      return await content.begin({ resume: ingestId, orBegin: isEmpty ? expected : undefined });
    } catch (error) {
      if (isLadingError(error, 'INGEST_NOT_FOUND')) return undefined;
      throw error;
    }
  };

  const uploadOf = (repository: string, ingestId: string): Upload => ({
    id: uploadId(repository, ingestId),
    repository,
    use(request, work, expected = {}) {
      const requests = running.get(ingestId) ?? { queue: Promise.resolve(), newest: undefined };
      running.set(ingestId, requests);
      if (requests.newest?.complete === false) requests.newest.destroy();
      requests.newest = request;
      const result = requests.queue.then(async () => {
        const ingest = await resumed(ingestId, expected);
        if (ingest === undefined) return undefined;
        let broke = true;
        try {
          const result = await work(ingest);
          broke = false;
          return result;
        } finally {
          // What a store holds only in this process may not stay: the next request may reach another.
          if (broke || ingest.offset === 0) await ingest.suspend().catch(() => {});
          if (ingest.offset > 0) remember(ingestId);
        }
      });
      const over = (): void => {
        if (requests.newest === request) running.delete(ingestId);
      };
      requests.queue = result.then(over, over);
      return result;
    },
    end: () => remember(ingestId),
  });

  return {
    async begin(repository, algorithm = 'sha256') {
      // Which hash it is to be is known to its ingest only.
      const known = algorithm === 'sha256' ? undefined : await content.begin({ expected: { algorithm } });
      return uploadOf(repository, known?.id ?? newIngestId());
    },
    find(repository, id) {
      const ingestId = /^([A-Za-z0-9_-]{1,128})\.[0-9a-f]+$/.exec(id)?.[1];
      return ingestId !== undefined && uploadId(repository, ingestId) === id
        ? uploadOf(repository, ingestId)
        : undefined;
    },
  };
}

/** RFC 9562 §5.7: a UUID that begins with its time, in milliseconds. */
function newIngestId(): string {
  const random = randomBytes(10);
  random.writeUInt8((random.readUInt8(0) & 0x0f) | 0x70, 0);
  random.writeUInt8((random.readUInt8(2) & 0x3f) | 0x80, 2);
  const hex = `${Date.now().toString(16).padStart(12, '0')}${random.toString('hex')}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function isFresh(ingestId: string): boolean {
  const time = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.exec(ingestId);
  return time !== null && Math.abs(Date.now() - Number.parseInt(`${time[1]}${time[2]}`, 16)) < emptyMs;
}

function uploadId(repository: string, ingestId: string): string {
  return `${ingestId}.${createHash('sha256').update(repository).digest('hex').slice(0, 16)}`;
}
