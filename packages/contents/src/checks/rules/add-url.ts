import { type Check, instructionsOf } from '../check.ts';

export const addUrl: Check = {
  id: 'add-url',
  standard: 'CIS Docker 1.6 §4.9',
  severity: 'medium',
  title: 'ADD of an address',
  reason: 'What the address gives today is in the image, unchecked, and other tomorrow.',
  fix: 'Add --checksum=sha256:… to ADD, or fetch and verify the file in a RUN of an earlier stage.',
  find: (image) => instructionsOf(image, /^ADD (?!.*--checksum=).*(?:https?|ftp):\/\//i),
};
