import type { Distribution } from '../distribution.ts';

export const alpine = undefined as unknown as Distribution;
