export type { ByteRange, Bytes, Io } from './bytes.ts';
