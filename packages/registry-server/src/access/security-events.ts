/** Something that whoever watches over the registry wants to know. */
export interface SecurityEvent {
  readonly action: 'login.failed' | 'login.limited' | 'access.denied' | 'pull.refused' | 'others';
  /** The identity, or the name that was claimed. */
  readonly subject: string;
  readonly address: string;
  /** What was wanted, such as `push team/app`. */
  readonly detail?: string | undefined;
}

/** How often it happened since the last report. */
export interface CountedEvent extends SecurityEvent {
  readonly count: number;
}

export interface SecurityEvents {
  /** Never throws, never waits. */
  record(event: SecurityEvent): void;
  /** Reports what is left. */
  close(): Promise<void>;
}

export interface SecurityEventsOptions {
  /** Where they go, such as the journal. */
  readonly report: (events: readonly CountedEvent[]) => Promise<void>;
  readonly onProblem?: ((problem: Error) => void) | undefined;
  /** 10 s */
  readonly everyMs?: number | undefined;
  /** How many different ones a report names; the others are one line: 20. */
  readonly most?: number | undefined;
}

/** Gathers equal events, so that an attack does not become a journal: a report each 10 s, of 21 lines at most. */
export function createSecurityEvents(options: SecurityEventsOptions): SecurityEvents {
  const { report, onProblem, everyMs = 10_000, most = 20 } = options;
  let gathered = new Map<string, SecurityEvent & { count: number }>();
  let others = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    timer = undefined;
    const events: CountedEvent[] = [...gathered.values()];
    if (others > 0) events.push({ action: 'others', subject: '', address: '', count: others });
    gathered = new Map();
    others = 0;
    if (events.length === 0) return;
    try {
      await report(events);
    } catch (error) {
      onProblem?.(error as Error);
    }
  };
  return {
    record(event) {
      const subject = cleaned(event.subject);
      const key = JSON.stringify([event.action, subject, event.address, event.detail]);
      const known = gathered.get(key);
      if (known !== undefined) known.count += 1;
      else if (gathered.size < most) gathered.set(key, { ...event, subject, count: 1 });
      else others += 1;
      timer ??= setTimeout(flush, everyMs).unref();
    },
    async close() {
      clearTimeout(timer);
      await flush();
    },
  };
}

/** A name that anybody may have made up, for a line of a log. */
function cleaned(text: string): string {
  return text.slice(0, 128).replace(/[^\x20-\x7e]/g, '?');
}
