import { LadingError } from '@lading/errors';

/** Throws PACKAGE_URL_INVALID with what is wrong. */
export type Fail = (fault: string) => never;

/** `attempt`: what cannot be done, such as `parse package URL`, to which text. */
export function failing(attempt: string, text: string): Fail {
  return (fault) => {
    const shown = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
    throw new LadingError('PACKAGE_URL_INVALID', `Cannot ${attempt} ${shown}: ${fault}`, {
      hint: 'A package URL looks like pkg:deb/debian/curl@7.50.3-1?arch=i386.',
    });
  };
}
