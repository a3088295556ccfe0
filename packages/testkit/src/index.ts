export { findProgram, type ProgramResult, runProgram } from './program.ts';
export { temporaryFolder } from './temporary-folder.ts';
export { skipUnless, vector, vectorsFolder } from './vectors.ts';
