import { flagAt, parseToml, requiredTextAt, type TomlTable, tablesAt, textAt, textsAt } from './toml.ts';

/** Groups to be tried, the first that detects wins (platform API §order.toml). */
export type Order = readonly Group[];
export type Group = readonly GroupElement[];

export interface GroupElement {
  readonly id: string;
  /** Empty: the only one there is. */
  readonly version: string;
  readonly optional: boolean;
  /** Execution environments it is for; none for all. */
  readonly execEnv: readonly string[];
}

export function parseOrder(text: string, what: string): Order {
  return readOrder(parseToml(text, what), what);
}

/** The `[[order]]` of an order.toml or of a composite buildpack. */
export function readOrder(table: TomlTable, what: string): Order {
  return tablesAt(table, 'order', what).map((order) =>
    tablesAt(order, 'group', what).map((element) => ({
      id: requiredTextAt(element, 'id', what),
      version: textAt(element, 'version', what) ?? '',
      optional: flagAt(element, 'optional', what),
      execEnv: textsAt(element, 'exec-env', what),
    })),
  );
}
