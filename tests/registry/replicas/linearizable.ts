// Whether a history of one register can be put into an order in which every operation takes effect at one moment between its call and its
// answer: Wing and Gong, "Testing and verifying concurrent objects" (1993), with the memory of Lowe, "Testing for linearizability" (2017).

/** What a register holds; null: nothing. */
export type Value = string | null;

export type Action =
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'write'; readonly value: Value }
  /** Writes where the register holds what is expected. `done`: what was answered. */
  | { readonly kind: 'swap'; readonly expected: Value; readonly value: Value; readonly done: boolean }
  /** Empties what is not empty. */
  | { readonly kind: 'remove'; readonly done: boolean }
  /** Empties it where it holds this; the answer does not tell. */
  | { readonly kind: 'drop'; readonly value: Value };

export interface Operation {
  readonly from: number;
  /** Undefined when there was no answer: then it takes effect at some time after its call, or never. */
  readonly to: number | undefined;
  readonly action: Action;
}

/** What the register holds afterwards; undefined when the answer could not have been given. `answered`: it counts. */
function after(state: Value, action: Action, answered: boolean): Value | undefined {
  switch (action.kind) {
    case 'read':
      return action.value === state ? state : undefined;
    case 'write':
      return action.value;
    case 'swap':
      if (answered && action.done !== (state === action.expected)) return undefined;
      return state === action.expected ? action.value : state;
    case 'remove':
      return answered && action.done !== (state !== null) ? undefined : null;
    case 'drop':
      return state === action.value ? null : state;
  }
}

/** Undefined when it is linearizable; else the operations that no order can go beyond, for whoever has to find out. */
export function findContradiction(
  history: readonly Operation[],
  initial: Value = null,
): readonly Operation[] | undefined {
  // A read without an answer says nothing.
  const operations = history
    .filter(({ to, action }) => to !== undefined || action.kind !== 'read')
    .toSorted((a, b) => a.from - b.from);
  const taken = operations.map(() => false);
  const seen = new Set<string>();
  let furthest = 0;

  /** The first that is not taken and was answered. */
  const firstOpen = (from: number): number => {
    let at = from;
    while (at < operations.length && (taken[at] === true || operations[at]?.to === undefined)) at++;
    return at;
  };
  const keyOf = (low: number, state: Value): string => {
    const others: number[] = [];
    for (const [at, is] of taken.entries()) if (is && (at > low || operations[at]?.to === undefined)) others.push(at);
    return `${low} ${others.join()} ${state}`;
  };
  /** What could be next: called before any that is open was answered. */
  const candidates = (low: number): number[] => {
    const found: number[] = [];
    let limit = Number.POSITIVE_INFINITY;
    for (let at = low; at < operations.length; at++) {
      const { from, to } = operations[at] as Operation;
      if (from > limit) break;
      if (taken[at] !== true && to !== undefined) limit = Math.min(limit, to);
    }
    for (const [at, { from }] of operations.entries()) {
      if (from > limit) break;
      if (taken[at] !== true) found.push(at);
    }
    return found;
  };

  // By hand, for a history is longer than a stack is deep.
  interface Frame {
    readonly state: Value;
    readonly low: number;
    readonly choices: number[];
    chosen: number | undefined;
  }
  const frameOf = (state: Value, low: number): Frame => ({ state, low, choices: candidates(low), chosen: undefined });
  const stack: Frame[] = [frameOf(initial, firstOpen(0))];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    if (frame.low >= operations.length) return undefined;
    if (frame.chosen !== undefined) taken[frame.chosen] = false;
    frame.chosen = frame.choices.shift();
    if (frame.chosen === undefined) {
      stack.pop();
      continue;
    }
    const { action, to } = operations[frame.chosen] as Operation;
    const state = after(frame.state, action, to !== undefined);
    if (state === undefined) {
      frame.chosen = undefined;
      continue;
    }
    taken[frame.chosen] = true;
    const low = firstOpen(frame.low);
    furthest = Math.max(furthest, low);
    const key = keyOf(low, state);
    if (seen.has(key)) continue;
    seen.add(key);
    stack.push(frameOf(state, low));
  }
  return operations.slice(Math.max(0, furthest - 10), furthest + 10);
}
