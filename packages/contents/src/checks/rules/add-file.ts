import { type Check, instructionsOf } from '../check.ts';

export const addFile: Check = {
  id: 'add-instead-of-copy',
  standard: 'CIS Docker 1.6 §4.9',
  severity: 'negligible',
  title: 'ADD where COPY would do',
  reason: 'ADD unpacks archives and fetches addresses, whether that was meant or not.',
  fix: 'Write COPY, and unpack on purpose.',
  // The file system of a base comes in by `ADD rootfs.tar.xz /`, which only ADD does.
  find: (image) =>
    instructionsOf(
      image,
      /^ADD (?!.*(?:https?|ftp|git):\/\/)(?!.*\.(?:tar|tgz|txz|tbz2?)\b)(?!(?:file|multi|dir):\S+ in \/\s*$)/i,
    ),
};
