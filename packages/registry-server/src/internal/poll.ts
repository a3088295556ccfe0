/** What the database says, as this process knows it. The caller closes it. */
export interface Poll {
  /** Resolves when all is known that was there at the time of the call. */
  refresh(): Promise<void>;
  /** After a reading that is under way. */
  close(): Promise<void>;
}

/** Reads at once and then every so often, one reading at a time. Throws what the first one throws; of later ones, what was known last holds. */
export async function openPoll(read: () => Promise<void>, everyMs: number): Promise<Poll> {
  let running: Promise<void> | undefined;
  let again = false;
  const run = async (): Promise<void> => {
    do {
      again = false;
      await read();
    } while (again);
  };
  const refresh = (): Promise<void> => {
    if (running !== undefined) again = true;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
  await refresh();
  const timer = setInterval(() => void refresh().catch(() => {}), everyMs).unref();
  return {
    refresh,
    async close() {
      clearInterval(timer);
      await running?.catch(() => {});
    },
  };
}
