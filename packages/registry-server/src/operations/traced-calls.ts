/** Begins a span with the name; what it gives ends it, with the error where there was one. */
export type BeginSpan = (name: string, argument: unknown) => (error?: unknown) => void;

/**
 * The same object, with a span for each call that gives a promise or an iteration. What `parts` names is an object, or gives one, whose
 * calls have spans as well, under the name that it says.
 */
export function tracedCalls<T extends object>(
  target: T,
  prefix: string,
  begin: BeginSpan,
  parts: Readonly<Record<string, string>> = {},
): T {
  const made = new Map<PropertyKey, unknown>();
  return new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name, target) as unknown;
      const part = typeof name === 'string' ? parts[name] : undefined;
      if (typeof value !== 'function') {
        return part === undefined ? value : wrapped(value, part);
      }
      if (typeof name === 'symbol') return value.bind(target);
      const known = made.get(name);
      if (known !== undefined) return known;
      const traced = (...args: unknown[]): unknown => {
        const end = begin(`${prefix}.${name}`, args[0]);
        let result: unknown;
        try {
          result = Reflect.apply(value, target, args);
        } catch (error) {
          end(error);
          throw error;
        }
        if (result instanceof Promise)
          return settled(result, end, (given) => (part === undefined ? given : wrapped(given, part)));
        if (isIterable(result)) return iterated(result, end);
        // What it gives at once took no time: its span is not ended, and so never sent.
        return part === undefined ? result : wrapped(result, part);
      };
      made.set(name, traced);
      return traced;
    },
  });

  function wrapped(value: unknown, part: string): unknown {
    return typeof value === 'object' && value !== null ? tracedCalls(value, `${prefix}.${part}`, begin) : value;
  }
}

async function settled(
  result: Promise<unknown>,
  end: (error?: unknown) => void,
  wrap: (value: unknown) => unknown,
): Promise<unknown> {
  try {
    const value = await result;
    end();
    return wrap(value);
  } catch (error) {
    end(error);
    throw error;
  }
}

async function* iterated<T>(result: AsyncIterable<T>, end: (error?: unknown) => void): AsyncGenerator<T> {
  try {
    yield* result;
  } finally {
    end();
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
