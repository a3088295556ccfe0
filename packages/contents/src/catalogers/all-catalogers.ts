import type { Cataloger } from './cataloger.ts';

/** Every ecosystem. Adding one is adding a folder, and a line here. */
export const allCatalogers: readonly Cataloger[] = [];
