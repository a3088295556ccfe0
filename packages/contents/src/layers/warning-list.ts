import type { LayerWarning } from '@lading/facts';

const maxMessage = 500;

/** Warnings of one layer, as many as someone may want to read; what comes after is counted. */
export class WarningList {
  readonly #most: number;
  readonly #warnings: LayerWarning[] = [];
  #more = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(path: string, message: string): void {
    if (this.#warnings.length >= this.#most) this.#more += 1;
    else
      this.#warnings.push(
        copied({ path, message: message.length > maxMessage ? `${message.slice(0, maxMessage)}…` : message }),
      );
  }

  list(): readonly LayerWarning[] {
    if (this.#more === 0) return this.#warnings;
    return [...this.#warnings, { path: '', message: `${this.#more} more warnings are left out` }];
  }
}

/** A part of a long text keeps all of it in memory. */
function copied(warning: LayerWarning): LayerWarning {
  return JSON.parse(JSON.stringify(warning)) as LayerWarning;
}
