/** Short names of the machine-readable copyright format §7.1 that SPDX has by another name; in lower case. */
const others: Readonly<Record<string, string>> = {
  expat: 'MIT',
  'mit/x11': 'MIT',
  x11: 'X11',
  isc: 'ISC',
  zlib: 'Zlib',
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  'bsd-4-clause': 'BSD-4-Clause',
  'apache-2.0': 'Apache-2.0',
  'apache-2': 'Apache-2.0',
  'artistic-2.0': 'Artistic-2.0',
  artistic: 'Artistic-1.0-Perl',
  'cc0-1.0': 'CC0-1.0',
  'mpl-1.1': 'MPL-1.1',
  'mpl-2.0': 'MPL-2.0',
  'python-2.0': 'Python-2.0',
  'psf-2': 'PSF-2.0',
  'w3c-software': 'W3C',
  openssl: 'OpenSSL',
  unlicense: 'Unlicense',
  'bsl-1.0': 'BSL-1.0',
  'ofl-1.1': 'OFL-1.1',
};

const exceptions: Readonly<Record<string, string>> = {
  autoconf: 'Autoconf-exception-2.0',
  bison: 'Bison-exception-2.2',
  gcc: 'GCC-exception-3.1',
  libtool: 'Libtool-exception',
};

/**
 * An SPDX expression for a license's short name, or several joined by `and` and `or`; the name as it stands when any part of it has
 * none, as `BSD-3-clause-like` or `permissive` have not.
 */
export function spdxOf(shortName: string): string {
  // `a or b and c` means the same in both languages: `and` binds stronger. A comma, which binds weaker, is part of no name.
  const words = shortName.split(/\s+(and|or)\s+/i);
  const parts = words.map((word, index) => (index % 2 === 1 ? word.toUpperCase() : oneOf(word)));
  return parts.includes(undefined) ? shortName : parts.join(' ');
}

function oneOf(word: string): string | undefined {
  const [, name = '', exception] = /^(\S+)(?:\s+with\s+(\w+)\s+exception)?$/i.exec(word.trim()) ?? [];
  const license = others[name.toLowerCase()] ?? gnu(name);
  if (exception === undefined) return license;
  const known = exceptions[exception.toLowerCase()];
  return license === undefined || known === undefined ? undefined : `${license} WITH ${known}`;
}

/** `GPL-2+` is GPL-2.0-or-later. SPDX knows no GNU license without a version. */
function gnu(name: string): string | undefined {
  const [, family = '', version, plus] =
    /^(A?GPL|LGPL|GFDL)-v?(\d(?:\.\d)?)(?:\.0)?(\+|-or-later)?(?:-only)?$/i.exec(name) ?? [];
  if (version === undefined) return undefined;
  const suffix = plus === undefined ? 'only' : 'or-later';
  return `${family.toUpperCase()}-${version.includes('.') ? version : `${version}.0`}-${suffix}`;
}
