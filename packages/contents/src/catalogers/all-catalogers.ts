import { apkCataloger } from './apk/cataloger.ts';
import { binaryCataloger } from './binary/cataloger.ts';
import type { Cataloger } from './cataloger.ts';
import { condaCataloger } from './conda/cataloger.ts';
import { dotnetCataloger } from './dotnet/cataloger.ts';
import { dpkgCataloger } from './dpkg/cataloger.ts';
import { goCataloger } from './go/cataloger.ts';
import { javaCataloger } from './java/cataloger.ts';
import { npmCataloger } from './npm/cataloger.ts';
import { osReleaseCataloger } from './os-release/cataloger.ts';
import { phpCataloger } from './php/cataloger.ts';
import { pythonCataloger } from './python/cataloger.ts';
import { rpmCataloger } from './rpm/cataloger.ts';
import { rubyCataloger } from './ruby/cataloger.ts';
import { rustCataloger } from './rust/cataloger.ts';

/** Every ecosystem. Adding one is adding a folder, and a line here. */
export const allCatalogers: readonly Cataloger[] = [
  osReleaseCataloger,
  dpkgCataloger,
  apkCataloger,
  rpmCataloger,
  npmCataloger,
  pythonCataloger,
  condaCataloger,
  rubyCataloger,
  phpCataloger,
  dotnetCataloger,
  goCataloger,
  rustCataloger,
  javaCataloger,
  binaryCataloger,
];
