import {
  beginVerdicts,
  type Database,
  type FleetPackage,
  type FleetPosition,
  factsOfPackage,
  fleetPosition,
  packagesToJudge,
  recordVerdicts,
  type Verdict,
} from '@lading/catalog';
import { type AdvisoryDatabase, findVulnerabilities } from '@lading/contents';
import { throwIfAborted } from '@lading/errors';

export interface JudgedFleet {
  /** Packages that have verdicts of these advisories since this call. */
  readonly packages: number;
  /** Advisories that are newer than these were used before: nothing was judged. */
  readonly outdated?: boolean | undefined;
}

export interface JudgeFleetOptions {
  /** Judges only what has no verdicts yet, and that only while the advisories are those of all other verdicts. */
  readonly newOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((figures: JudgedFleet) => void) | undefined;
}

/** One transaction's: requests that write wait for it. */
const batch = 500;

/**
 * Judges the packages of all images by advisories: each package once, in however many images it is, and without its layers or facts. Where
 * the advisories are others than before, the verdicts that differ are noted as changes. May be broken off anywhere and by anybody: the next
 * one goes on behind what was judged.
 */
export async function judgeFleet(
  database: Database,
  advisories: AdvisoryDatabase,
  { newOnly = false, signal, onProgress }: JudgeFleetOptions = {},
): Promise<JudgedFleet> {
  let position = await fleetPosition(database);
  if (position?.advisories !== advisories.digest) {
    if (position !== undefined && newOnly) return { packages: 0 };
    // A replica whose file is still the old one; taking turns, they would find and resolve the same for ever.
    if (position !== undefined && advisories.newest < position.newest) return { packages: 0, outdated: true };
    position = await database.transaction((statements) =>
      beginVerdicts(statements, { advisories: advisories.digest, newest: advisories.newest }),
    );
  }
  for (let packages = 0; ; ) {
    throwIfAborted(signal);
    const from: FleetPosition = position;
    const some = await packagesToJudge(database, from, batch);
    if (some.length === 0) return { packages };
    const judged = some.map((one) => ({ id: one.id, verdicts: judgePackage(one.package, advisories) }));
    const next = await database.transaction((statements) => recordVerdicts(statements, from, judged));
    if (next === undefined) {
      // Somebody else judges them as well, who may end before the last; or goes by newer advisories.
      const current = await fleetPosition(database);
      if (current?.advisories !== advisories.digest) return { packages };
      position = current;
      continue;
    }
    position = next;
    packages += some.length;
    onProgress?.({ packages });
  }
}

function judgePackage(found: FleetPackage, advisories: AdvisoryDatabase): readonly Verdict[] {
  const { findings } = findVulnerabilities(factsOfPackage(found, advisories.digest), advisories);
  const verdicts = new Map<string, Verdict>();
  for (const { id, aliases, severity, fix, fixedVersion, package: of } of findings) {
    // Not of its owner, which is a package of its own.
    if (of.location !== 'package' || verdicts.has(id)) continue;
    verdicts.set(id, { vulnerability: id, aliases, severity, fix, fixedVersion });
  }
  return [...verdicts.values()];
}
