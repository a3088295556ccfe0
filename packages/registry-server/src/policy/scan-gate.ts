import { type Catalog, dueScan, findScan, type ScanRecord, scansSince, scansVersion } from '@lading/catalog';
import { isAtLeast, severities } from '@lading/facts';
import { type Descriptor, type Digest, isIndexType } from '@lading/oci';
import { problem } from '../answer.ts';
import { openPoll, type Poll } from '../internal/poll.ts';
import type { Caution } from './policy.ts';
import type { ScanRule } from './policy-rules.ts';

/** How often another replica's scans are looked for. */
const pollMs = 400;

/** What is in images decides about pulls of them. */
export interface ScanGate extends Poll {
  /**
   * Whether a manifest may be pulled where a rule asks. From memory for what somebody has looked into, at most a second old; a promise where
   * the database has to be asked. Indexes pass: what they name is judged by itself.
   */
  judge(rule: ScanRule, manifest: Descriptor): Caution | undefined | Promise<Caution | undefined>;
}

/** What pulls have to know of an image. */
type Verdict = Pick<ScanRecord, 'digest' | 'state' | 'error' | 'vulnerabilities' | 'firstSeen' | 'worst'>;

/** Keeps the verdicts of all images in memory, some hundred bytes each. Only where a rule asks for them is it opened. */
export async function openScanGate({ database }: Pick<Catalog, 'database'>, now: () => Date): Promise<ScanGate> {
  const verdicts = new Map<Digest, Verdict>();
  let version = 0;
  const poll = await openPoll(async () => {
    // A database that was built anew counts from the beginning.
    const current = await scansVersion(database);
    if (current < version) {
      verdicts.clear();
      version = 0;
    }
    if (current === version) return;
    for await (const { scan, version: reached } of scansSince(database, version)) {
      const { digest, state, error, vulnerabilities, firstSeen, worst } = scan;
      verdicts.set(digest, { digest, state, error, vulnerabilities, firstSeen, worst });
      version = Math.max(version, reached);
    }
    version = Math.max(version, current);
  }, pollMs);

  const askDatabase = async (rule: ScanRule, digest: Digest): Promise<Caution | undefined> => {
    const [scan, due] = await Promise.all([findScan(database, digest), dueScan(database, digest)]);
    if (scan !== undefined) return judgeVerdict(rule, scan, now());
    // What is not due and was never looked into is no image: a signature, an SBOM.
    return due === undefined ? undefined : refuseUnscanned(digest);
  };

  return {
    judge(rule, { digest, mediaType }) {
      if (isIndexType(mediaType)) return undefined;
      const verdict = verdicts.get(digest);
      if (verdict !== undefined) return judgeVerdict(rule, verdict, now());
      return rule.unscanned === 'deny' ? askDatabase(rule, digest) : undefined;
    },
    refresh: poll.refresh,
    close: poll.close,
  };
}

function judgeVerdict(rule: ScanRule, verdict: Verdict, now: Date): Caution | undefined {
  const { block, graceMs, unscanned } = rule;
  if (verdict.state === 'failed')
    return unscanned === 'deny' ? refuseUnscanned(verdict.digest, verdict.error) : undefined;
  const since = block && verdict.firstSeen[block];
  if (block === undefined || since === undefined) return undefined;
  const { digest, vulnerabilities, worst } = verdict;
  const bad = severities.filter((severity) => vulnerabilities[severity] > 0 && isAtLeast(severity, block));
  const counts = bad.map((severity) => `${vulnerabilities[severity]} ${severity}`).join(', ');
  const what = `${digest} has vulnerabilities (${counts}), among them ${worst.slice(0, 3).join('; ')}`;
  const until = new Date(Date.parse(since) + graceMs);
  if (now < until) return { warning: `${what}. It will be refused from ${until.toISOString()} on` };
  const advice =
    'Rebuild the image on a base with the fixes, upgrade the packages named, or have the finding suppressed with a reason by whoever runs the registry';
  return {
    refusal: problem(403, 'DENIED', `${what}. This repository refuses images from "${block}" on. ${advice}.`, {
      detail: {
        digest,
        block,
        since,
        vulnerabilities: Object.fromEntries(bad.map((severity) => [severity, vulnerabilities[severity]])),
        worst: [...worst],
      },
    }),
  };
}

function refuseUnscanned(digest: Digest, error?: string | undefined): Caution {
  const message =
    error === undefined
      ? `Nobody has looked into ${digest} yet, and this repository refuses such images. Try again in a minute`
      : `What is in ${digest} could not be found out, and this repository refuses such images: ${error}`;
  return { refusal: problem(403, 'DENIED', message, { detail: { digest, unscanned: true } }) };
}
