import { type Action, findContradiction, type Operation } from './linearizable.ts';

/** What clients did and saw, by register, in the order of one clock. */
export interface History {
  /** Runs a request; its action is known by the answer, and is `unanswered` when there was none. */
  run<T>(
    register: string,
    unanswered: Action | undefined,
    send: () => Promise<{ readonly action: Action; readonly value: T } | undefined>,
  ): Promise<T | undefined>;
  /** Of each register that has none, what contradicts itself. */
  contradictions(): readonly string[];
  readonly length: number;
}

export function createHistory(): History {
  const registers = new Map<string, Operation[]>();
  let length = 0;
  const add = (register: string, operation: Operation): void => {
    length++;
    const known = registers.get(register);
    if (known === undefined) registers.set(register, [operation]);
    else known.push(operation);
  };
  return {
    get length() {
      return length;
    },
    async run(register, unanswered, send) {
      const from = performance.now();
      const seen = await send();
      const to = performance.now();
      if (seen !== undefined) add(register, { from, to, action: seen.action });
      else if (unanswered !== undefined) add(register, { from, to: undefined, action: unanswered });
      return seen?.value;
    },
    contradictions: () =>
      [...registers].flatMap(([register, operations]) => {
        const around = findContradiction(operations);
        if (around === undefined) return [];
        const lines = around.map(
          ({ from, to, action }) => `  ${from.toFixed(1)}–${to?.toFixed(1)} ${JSON.stringify(action)}`,
        );
        return [`${register} is not linearizable, around\n${lines.join('\n')}`];
      }),
  };
}
