import type { Word } from '../span.ts';
import type { InstructionNode } from './node.ts';
import { didYouMean } from './suggest.ts';

type Kind = 'boolean' | 'text' | 'list';

/** The flags of one instruction, checked against what it knows. */
export class Flags {
  readonly #values = new Map<string, { value: string; word: Word }[]>();

  constructor(node: InstructionNode, known: Readonly<Record<string, Kind>>) {
    for (const word of node.flags) {
      const equals = word.text.indexOf('=');
      const name = word.text.slice(2, equals === -1 ? undefined : equals);
      const value = equals === -1 ? undefined : word.text.slice(equals + 1);
      const fail = (message: string, hint?: string): Error => node.line.source.error(word.span, message, { hint });
      const kind = Object.hasOwn(known, name) ? known[name] : undefined;
      const keyword = node.keyword.text.toUpperCase();
      if (kind === undefined) {
        const names = Object.keys(known).map((flag) => `--${flag}`);
        const all = names.length === 0 ? `${keyword} has no flags.` : `${keyword} knows ${names.join(', ')}.`;
        throw fail(`unknown flag --${name} of ${keyword}`, didYouMean(`--${name}`, names) ?? all);
      }
      const seen = this.#values.get(name) ?? [];
      if (seen.length > 0 && kind !== 'list') throw fail(`the flag --${name} is given twice`, 'Keep one of them.');
      if (kind === 'boolean') {
        if (value !== undefined && !/^(true|false)$/i.test(value)) {
          throw fail(
            `the flag --${name} is true or false, not ${JSON.stringify(value)}`,
            `Write --${name} or --${name}=false.`,
          );
        }
      } else if (value === undefined) {
        throw fail(`the flag --${name} needs a value`, `Write --${name}=….`);
      }
      seen.push({ value: value ?? 'true', word });
      this.#values.set(name, seen);
    }
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.[0]?.value;
  }

  /** Where a flag is written. */
  word(name: string): Word | undefined {
    return this.#values.get(name)?.[0]?.word;
  }

  list(name: string): readonly { readonly value: string; readonly word: Word }[] {
    return this.#values.get(name) ?? [];
  }

  boolean(name: string): boolean | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : value.toLowerCase() === 'true';
  }
}
