/** Begins a span with the name; what it gives ends it, with the error where there was one. */
export type BeginSpan = (name: string, argument: unknown) => (error?: unknown) => void;

/**
 * The same object, with a span for each call that gives a promise or an iteration. What `parts` names gives objects (or is one) whose calls
 * have spans as well.
 */
export function tracedCalls<T extends object>(
  target: T,
  prefix: string,
  begin: BeginSpan,
  parts: readonly string[] = [],
): T {
  const made = new Map<PropertyKey, unknown>();
  return new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name, target) as unknown;
      const isPart = typeof name === 'string' && parts.includes(name);
      if (typeof value !== 'function') {
        return isPart && typeof value === 'object' && value !== null
          ? tracedCalls(value, `${prefix}.${name}`, begin)
          : value;
      }
      if (typeof name === 'symbol') return value.bind(target);
      const known = made.get(name);
      if (known !== undefined) return known;
      const traced = (...args: unknown[]): unknown => {
        const end = isPart ? undefined : begin(`${prefix}.${name}`, args[0]);
        let result: unknown;
        try {
          result = Reflect.apply(value, target, args);
        } catch (error) {
          end?.(error);
          throw error;
        }
        if (result instanceof Promise) return settled(result, end, isPart ? (part) => wrapped(part, name) : undefined);
        if (isIterable(result)) return iterated(result, end);
        // What it gives at once took no time: its span is not ended, and so never sent.
        return isPart ? wrapped(result, name) : result;
      };
      made.set(name, traced);
      return traced;
    },
  });

  function wrapped(part: unknown, name: string): unknown {
    return typeof part === 'object' && part !== null ? tracedCalls(part, `${prefix}.${name}`, begin) : part;
  }
}

async function settled(
  result: Promise<unknown>,
  end: ((error?: unknown) => void) | undefined,
  wrap: ((part: unknown) => unknown) | undefined,
): Promise<unknown> {
  try {
    const value = await result;
    end?.();
    return wrap === undefined ? value : wrap(value);
  } catch (error) {
    end?.(error);
    throw error;
  }
}

async function* iterated<T>(result: AsyncIterable<T>, end: ((error?: unknown) => void) | undefined): AsyncGenerator<T> {
  try {
    yield* result;
  } finally {
    end?.();
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
