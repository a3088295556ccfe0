import { normalizePypiName } from '@lading/distro';
import { ecosystemFamily } from './ecosystem-name.ts';

/**
 * The one way in which a package's name is written of those that its ecosystem takes for the same: PyPI as PEP 503 says, NuGet, Packagist and
 * the GitHub Actions in lower case, all others as they are (Go's and Maven's are told apart by case, and so are npm's old ones).
 */
export function normalizeName(ecosystem: string, name: string): string {
  switch (ecosystemFamily(ecosystem)) {
    case 'PyPI':
      return normalizePypiName(name);
    case 'NuGet':
    case 'Packagist':
    case 'GitHub Actions':
      return name.toLowerCase();
    default:
      return name;
  }
}
