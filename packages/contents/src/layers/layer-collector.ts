import { isLadingError, LadingError, messageOf } from '@lading/errors';
import {
  type FoundDistribution,
  type FoundLicenses,
  type FoundPackage,
  type FoundSecret,
  type LayerFacts,
  LayerPathsEncoder,
  type NotableFile,
  type PackageType,
} from '@lading/facts';
import { isWhiteoutMetadata, parseWhiteout, type TarHeader } from '@lading/tar';
import type { Fact } from '../catalogers/cataloger.ts';
import { emptyPasswordsIn } from './accounts.ts';
import { boundedDistribution, boundedLicenses, boundedPackage } from './bounded-package.ts';
import type { LayerLimits } from './layer-limits.ts';
import { notableKindsOf } from './notable-files.ts';
import { OwnedPaths } from './owned-paths.ts';
import { WarningList } from './warning-list.ts';

/** What was found in one file. */
interface FileFacts {
  readonly packages: FoundPackage[];
  readonly licenses: FoundLicenses[];
  readonly distributions: FoundDistribution[];
  readonly notable: NotableFile[];
}

/** Puts the facts of a layer together while it streams by, within limits. */
export class LayerCollector {
  readonly #limits: LayerLimits;
  readonly #paths: LayerPathsEncoder = new LayerPathsEncoder();
  /** By path: an archive may have a file twice, and the later is the one that counts. */
  readonly #files: Map<string, FileFacts> = new Map();
  readonly #owned: OwnedPaths = new OwnedPaths();
  readonly #secrets: FoundSecret[] = [];
  readonly #warnings: WarningList;
  readonly #counts: Map<string, number> = new Map();
  #factBytes = 0;
  #isFull = false;

  constructor(limits: LayerLimits) {
    this.#limits = limits;
    this.#warnings = new WarningList(limits.warnings);
  }

  /** Takes note of an entry. False for one that is only there to hide something: it has no content. Throws CONTENT_TOO_LARGE. */
  entry(header: TarHeader): boolean {
    const { path, type, linkPath } = header;
    if (isWhiteoutMetadata(path)) return false;
    if (path.length > maxPathLength) {
      this.warn(path.slice(0, 80), `it is passed over: no system takes a path of ${path.length} characters`);
      return false;
    }
    if (this.#paths.count >= this.#limits.entries) {
      throw new LadingError('CONTENT_TOO_LARGE', `it has more than ${this.#limits.entries} entries`);
    }
    if (this.#paths.size > this.#limits.pathBytes) {
      throw new LadingError('CONTENT_TOO_LARGE', `its paths take more than ${this.#limits.pathBytes} bytes`);
    }
    if (path.startsWith(whiteoutPrefix, path.lastIndexOf('/') + 1)) {
      this.#hide(path);
      return false;
    }
    const isLink = (type === 'symlink' || type === 'hardlink') && linkPath !== undefined;
    if (isLink) this.#paths.add({ kind: type, path, target: linkPath });
    else this.#paths.add({ kind: type === 'directory' ? type : 'other', path });
    if (type !== 'hardlink' || linkPath !== path) this.#files.delete(path);
    for (const kind of notableKindsOf(header)) this.#notable({ kind, path, mode: header.mode });
    return true;
  }

  /** What a cataloger says of the file at a path. */
  fact(path: string, cataloger: string, fact: Fact): void {
    if (fact.kind === 'warning') this.warn(fact.path ?? path, fact.message);
    else if (fact.kind === 'owns') this.#owns(path, fact);
    else if (fact.kind === 'package') this.#package(path, { location: path, ...fact.package, cataloger });
    else if (fact.kind === 'distribution') {
      this.#keep(
        fact.kind,
        path,
        { distribution: boundedDistribution(fact.distribution), location: path },
        this.#file(path).distributions,
      );
    } else {
      const { kind, type, name } = fact;
      const licenses = boundedLicenses(fact.licenses);
      this.#keep(kind, path, { type, name, licenses, location: path }, this.#file(path).licenses);
    }
  }

  secrets(path: string, found: readonly FoundSecret[]): void {
    for (const secret of found) this.#keep('secret', path, secret, this.#secrets);
  }

  /** What is notable in the content of a file of accounts. */
  accounts({ path, mode }: TarHeader, content: Buffer): void {
    for (const detail of emptyPasswordsIn(content)) this.#notable({ kind: 'empty-password', path, mode, detail });
  }

  warn(path: string, message: string): void {
    this.#warnings.add(path, message);
  }

  finish(layer: Pick<LayerFacts, 'version' | 'digest'>, lookedForSecrets: boolean): LayerFacts {
    const files = [...this.#files.values()];
    const packages = files.flatMap((file) => file.packages);
    const foreign = packages.filter(({ type }) => !ofDistributions.has(type));
    return {
      ...layer,
      packages,
      licenses: files.flatMap((file) => file.licenses),
      distributions: files.flatMap((file) => file.distributions),
      owners: this.#owned.ownersOf(foreign.map(({ location }) => location.split('!/', 1)[0] ?? location)),
      ...(lookedForSecrets && { secrets: this.#secrets }),
      files: files.flatMap((file) => file.notable),
      warnings: this.#warnings.list(),
      paths: this.#paths.bytes(),
    };
  }

  #file(path: string): FileFacts {
    const present = this.#files.get(path);
    if (present !== undefined) return present;
    const made: FileFacts = { packages: [], licenses: [], distributions: [], notable: [] };
    this.#files.set(path, made);
    return made;
  }

  #package(path: string, found: FoundPackage): void {
    const bounded = boundedPackage(found);
    if (bounded !== undefined) this.#keep('package', path, bounded, this.#file(path).packages);
    else this.warn(found.location, `passed over a package whose name or version is none: ${found.name.slice(0, 80)}`);
  }

  /**
   * Keeps a copy of a fact, whose texts are its own: the engine holds all of a long text in memory for as long as somebody has a part of it,
   * such as a name from a record of 30 MB, and the facts of all layers are held at the same time.
   */
  #keep<T>(kind: string, path: string, fact: T, kept: T[]): void {
    if (this.#isFull || !this.#hasRoom(kind, path, this.#limits.facts)) return;
    const text = JSON.stringify(fact);
    this.#factBytes += text.length;
    this.#isFull = this.#factBytes > this.#limits.factBytes;
    if (!this.#isFull) kept.push(JSON.parse(text) as T);
    else
      this.warn(
        path,
        `what is found in the layer takes more than ${this.#limits.factBytes} bytes; the rest is left out`,
      );
  }

  /** What a whiteout hides. One that would hide its own folder, or the one above it, is passed over. */
  #hide(path: string): void {
    try {
      const whiteout = parseWhiteout(path);
      if (whiteout !== undefined) this.#paths.add(whiteout);
    } catch (error) {
      if (!isLadingError(error, 'TAR_UNSAFE')) throw error;
      this.warn(path, `passed over: ${messageOf(error)}`);
    }
  }

  #notable(file: NotableFile): void {
    if (this.#hasRoom(file.kind, file.path, this.#limits.notableFiles)) this.#file(file.path).notable.push(file);
  }

  #owns(path: string, { type, name, paths }: Extract<Fact, { kind: 'owns' }>): void {
    const { entries, pathBytes } = this.#limits;
    if (!this.#owned.add(type, name, paths, entries, pathBytes)) this.#hasRoom('owned path', path, 0);
  }

  /** Counts one more fact of a kind. When there are enough it says so, once. */
  #hasRoom(kind: string, path: string, most: number): boolean {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= most) return true;
    if (count === most + 1)
      this.warn(path, `the layer has more facts of kind "${kind}" than are kept; the rest is left out`);
    return false;
  }
}

/** As Linux has it, where a path is no longer than 4096 bytes. */
const maxPathLength = 4096;

/** OCI image-spec 1.1 §layer, whiteouts. */
const whiteoutPrefix = '.wh.';

const ofDistributions: ReadonlySet<PackageType> = new Set<PackageType>(['deb', 'apk', 'rpm']);
