export type EventKind =
  | 'push' // a manifest was recorded
  | 'pull' // a manifest was read
  | 'delete' // a manifest was removed
  | 'tag' // a tag was made or moved
  | 'untag'
  | 'upload' // a blob was taken
  | 'download' // a blob was read
  | 'mount' // a blob of another repository was linked
  | 'unlink' // a blob left a repository
  | 'quarantine'
  | 'release' // from quarantine
  | 'deprecate'
  | 'restore'
  | 'purge'
  | 'scan' // an image was looked into
  | 'vulnerability.found' // newer advisories found it in a stored image
  | 'vulnerability.resolved'
  | 'refuse' // a pull was refused for what is in the image
  | 'upstream' // an upstream does not answer, or asks to slow down
  | 'job'; // a job ended

/** Something that happened, once it is durable. A value; listeners keep it as it is. */
export interface RegistryEvent {
  readonly kind: EventKind;
  /** Empty where it concerns no repository. */
  readonly repository: string;
  readonly digest?: string | undefined;
  /** With `tag` and `untag`; also with a `pull` that asked for it by tag. */
  readonly tag?: string | undefined;
  readonly mediaType?: string | undefined;
  /** Bytes of the manifest or blob. */
  readonly size?: number | undefined;
  /** As `identityText()` names whoever did it; `job:NAME` for jobs. */
  readonly actor: string;
  readonly at: Date;
  /** What else there is to say of its kind; JSON values only. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** What happens in the registry, for whoever wants to know: webhooks, metrics, the last pull of a tag. */
export interface Events {
  /** Never throws and never waits. */
  emit(event: RegistryEvent): void;
  /** The listener must return at once; what it throws is dropped. The result ends the subscription. */
  subscribe(listener: (event: RegistryEvent) => void): () => void;
}

export function createEvents(): Events {
  // A list that is replaced rather than changed: whoever is told right now hears the end of it undisturbed.
  let listeners: readonly ((event: RegistryEvent) => void)[] = [];
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch {
          // What a listener does is no reason to fail what has happened already.
        }
      }
    },
    subscribe(listener) {
      const own = (event: RegistryEvent): void => listener(event);
      listeners = [...listeners, own];
      return () => {
        listeners = listeners.filter((other) => other !== own);
      };
    },
  };
}
