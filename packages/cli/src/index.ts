export { exitCodes } from './exit-codes.ts';
export { formatBytes } from './progress.ts';
export { version } from './version.ts';
