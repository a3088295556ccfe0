import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { factsVersion, type IgnoreRule, isExpired, openAdvisories, parseIgnoreFile } from '@lading/contents';
import { fetchedAdvisories } from './fetch-advisories.ts';
import type { ScanConfig } from './scan-config.ts';
import type { ScanParts } from './scan-parts.ts';

/** Of what is made of facts here: whoever changes what an evaluation holds raises it, and images are evaluated again. */
const evaluationVersion = 1;

/** What images are judged by, besides what is in them. */
export interface Judge {
  /** Where it is the same, the same facts give the same evaluation. */
  readonly rules: string;
  /** Absent where none is configured. */
  readonly advisories: ReturnType<typeof openAdvisories> | undefined;
  /** Those that hold today. */
  readonly ignore: readonly IgnoreRule[];
  /** ISO day. */
  readonly today: string;
}

/** Judges as the configuration says, of the latest advisories that there are. */
export interface Judges {
  /** Rejects when there should be advisories and are none. The judge is good until the next call. */
  current(signal: AbortSignal): Promise<Judge>;
  close(): void;
}

export function openJudges(parts: ScanParts): Judges {
  const { scan } = parts.config;
  let open: { readonly mark: string; readonly judge: Judge } | undefined;
  let fetched: { readonly path: string; readonly until: number } | undefined;

  const pathOf = async (place: NonNullable<ScanConfig['advisories']>, signal: AbortSignal): Promise<string> => {
    if (place.kind === 'file') return place.path;
    if (fetched !== undefined && performance.now() < fetched.until) return fetched.path;
    const path = await fetchedAdvisories(parts, place, signal);
    fetched = { path, until: performance.now() + place.refreshMs };
    return path;
  };

  return {
    async current(signal) {
      const path = scan.advisories && (await pathOf(scan.advisories, signal));
      const today = new Date().toISOString().slice(0, 10);
      const mark = [today, await markOf(path), await markOf(scan.ignoreFile)].join(' ');
      if (open?.mark === mark) return open.judge;
      open?.judge.advisories?.close();
      open = undefined;
      const rules =
        scan.ignoreFile === undefined ? [] : await parseIgnoreFile(await read(scan.ignoreFile), scan.ignoreFile);
      const ignore = rules.filter((rule) => !isExpired(rule, today));
      const advisories = path === undefined ? undefined : openAdvisories(path);
      const { attach, secrets } = scan;
      const judged = [
        evaluationVersion,
        factsVersion,
        parts.version,
        advisories?.digest ?? null,
        ignore,
        attach,
        secrets,
      ];
      open = { mark, judge: { rules: hashOf(judged), advisories, ignore, today } };
      return open.judge;
    },
    close: () => open?.judge.advisories?.close(),
  };
}

const read = (path: string): Promise<string> => readFile(path, 'utf8');

/** Another one when the file is another. */
async function markOf(path: string | undefined): Promise<string> {
  if (path === undefined) return '';
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? 'absent' : `${path} ${found.ino} ${found.mtimeMs} ${found.size}`;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
