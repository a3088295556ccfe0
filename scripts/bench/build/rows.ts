import type { Row } from './row.ts';
import { bigLayer, hugeLayer } from './rows/big-layer.ts';
import { coldApt } from './rows/cold-apt.ts';
import { edit } from './rows/edit.ts';
import { copyToLargeBase, runOnLargeBase } from './rows/large-base.ts';
import { manyFiles } from './rows/many-files.ts';
import { warm } from './rows/warm.ts';

const usual: readonly Row[] = [coldApt, warm, edit, manyFiles, bigLayer, runOnLargeBase, copyToLargeBase];

/** By name, in the order of the table. */
export const allRows: Readonly<Record<string, Row>> = Object.fromEntries(
  [...usual, hugeLayer].map((row) => [row.name, row]),
);

export const defaultRows: readonly string[] = usual.map(({ name }) => name);
