export { exitCodes } from './exit-codes.ts';
export { version } from './version.ts';
