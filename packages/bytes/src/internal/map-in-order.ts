/**
 * Works on up to `width` items at once and gives the results in the order of the items. Items are pulled while the reader is
 * busy, but no more than `width + 2` results wait for it. Ends the items early when the reader stops or work fails.
 */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const results: Promise<Result>[] = [];
  let running = 0;
  let stopped = false;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let change = Promise.withResolvers<void>();
  const changed = (): void => {
    change.resolve();
    change = Promise.withResolvers<void>();
  };

  const pull = async (): Promise<void> => {
    try {
      for await (const item of items) {
        while (!stopped && (running >= width || results.length >= width + 2)) await change.promise;
        if (stopped) return;
        running += 1;
        const result = work(item).finally(() => {
          running -= 1;
          changed();
        });
        // Reported where the reader comes to it; it may never do.
        result.catch(() => {});
        results.push(result);
        changed();
      }
    } catch (error) {
      failure = { error };
    } finally {
      ended = true;
      changed();
    }
  };

  const pulling = pull();
  try {
    while (true) {
      while (results.length === 0 && !ended) await change.promise;
      const oldest = results[0];
      if (oldest === undefined) break;
      const result = await oldest;
      results.shift();
      changed();
      yield result;
    }
    if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
  } finally {
    stopped = true;
    changed();
    await pulling;
  }
}
