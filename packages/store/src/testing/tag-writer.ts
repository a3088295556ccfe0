/** A program for tests: sets tags in an OCI layout. Arguments: the layout, a digest, the prefix of the tags, how many. */
import { parseDigest } from '@lading/oci';
import { openOciLayout } from '../layout/oci-layout.ts';

const [folder = '', digest = '', prefix = '', count = ''] = process.argv.slice(2);
const { references } = await openOciLayout(folder);
const descriptor = await references.resolve(parseDigest(digest));
for (let at = 0; at < Number(count); at++) await references.tag(`${prefix}${at}`, descriptor!);
