import { inspect } from 'node:util';
import { REDACTED } from './redact.ts';

/**
 * A value that cannot be printed by accident: every conversion to text, JSON or the console shows `[redacted]`.
 * Only `reveal()` gives it out; a search for that word finds every place that handles a secret.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    Object.defineProperty(this, inspect.custom, { value: () => REDACTED });
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }
}
