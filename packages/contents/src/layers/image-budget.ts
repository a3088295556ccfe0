import { LadingError } from '@lading/errors';
import type { LayerFacts } from '@lading/facts';
import type { LayerLimits } from './layer-limits.ts';

/** What the layers of one image may have together, since it is all held at the same time: as much as one layer may have alone. */
export class ImageBudget {
  readonly #limits: LayerLimits;
  #packages = 0;
  #factBytes = 0;
  #pathBytes = 0;

  constructor(limits: LayerLimits) {
    this.#limits = limits;
  }

  /** Throws CONTENT_TOO_LARGE. */
  take({ packages, licenses, secrets, paths }: LayerFacts): void {
    const { facts, factBytes, pathBytes } = this.#limits;
    this.#packages += packages.length;
    this.#factBytes += JSON.stringify({ packages, licenses, secrets }).length;
    this.#pathBytes += paths.length;
    if (this.#packages > facts) throw tooMuch(`more than ${facts} packages`);
    if (this.#factBytes > factBytes) throw tooMuch(`packages and secrets that take more than ${factBytes} bytes`);
    if (this.#pathBytes > pathBytes) throw tooMuch(`paths that take more than ${pathBytes} bytes`);
  }
}

function tooMuch(what: string): LadingError {
  return new LadingError('CONTENT_TOO_LARGE', `Cannot look into the image: its layers have ${what} together`);
}
