// What callers do with content alone.
import { utimes } from 'node:fs/promises';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { digestOf, parseDigest } from '@lading/oci';
import type { Ingest } from '@lading/store';
import { blobClaim, lag, parts, putPromised, type Sample, type Session, type Step, sample } from './session.ts';

const write: Step = async (session) => {
  const { bytes, descriptor } = sample(session);
  const ingest = await session.content!.begin(session.random.chance(0.5) ? { expected: descriptor } : {});
  for await (const part of parts(session, bytes)) await ingest.append(part);
  await session.writer.promise([blobClaim(session, descriptor)], () => ingest.commit());
  session.loose.push(descriptor);
};

/** Several at once, in step or one a little behind the other; one of them twice. */
const writeTogether: Step = async (session) => {
  const [one, two] = [sample(session), sample(session)];
  const lags = [0, session.random.below(24), session.random.below(24)];
  await Promise.all(
    [one, two, one].map(async ({ bytes, descriptor }, index) => {
      await lag(session, lags[index]!);
      await putPromised(session, bytes, descriptor);
    }),
  );
  session.loose.push(one.descriptor);
};

const writeAgain: Step = async (session) => {
  const { bytes, descriptor } = sample(session);
  await putPromised(session, bytes, descriptor);
  await putPromised(session, bytes, descriptor);
};

const abort: Step = async (session) => {
  const ingest = await session.content!.begin();
  await ingest.append(fromBuffer(sample(session).bytes));
  await ingest.abort();
};

/** Other bytes than were announced: nothing of it may ever be seen. */
const refuse: Step = async (session) => {
  const { bytes, descriptor } = sample(session);
  const ingest = await session.content!.begin({ expected: { digest: digestOf('something else') } });
  await ingest.append(fromBuffer(bytes));
  const outcome = await ingest.commit().then(
    () => 'stored',
    (error: unknown) => error,
  );
  if (!isLadingError(outcome, 'DIGEST_MISMATCH')) throw new Error(`${descriptor.digest} was not refused: ${outcome}`);
};

async function half(session: Session, { bytes, seed, descriptor }: Sample): Promise<Ingest> {
  const { digest, size } = descriptor;
  // Of known size, small content waits in memory for its commit.
  const ingest = await session.content!.begin({ expected: session.random.chance(0.2) ? descriptor : { digest } });
  session.writer.begun({ place: session.place, id: ingest.id, digest, size, seed });
  await ingest.append(fromBuffer(bytes.subarray(0, session.random.below(size + 1))));
  return ingest;
}

async function finish(session: Session, ingest: Ingest, { bytes, descriptor }: Sample): Promise<void> {
  await ingest.append(fromBuffer(bytes.subarray(ingest.offset)));
  await session.writer.promise([blobClaim(session, descriptor)], () => ingest.commit(descriptor));
  session.writer.ended(ingest.id);
}

/** Left without a word, or suspended. */
const leave: Step = async (session) => {
  const ingest = await half(session, sample(session));
  if (session.random.chance(0.5)) await ingest.suspend();
};

const resume: Step = async (session) => {
  const made = sample(session);
  const { id } = await half(session, made);
  await finish(session, await session.content!.begin({ resume: id, expected: made.descriptor }), made);
};

const adopt: Step = async (session) => {
  const made = sample(session);
  await (await half(session, made)).suspend();
  await finish(session, await session.content!.begin({ expected: made.descriptor, adopt: true }), made);
};

const remove: Step = async (session) => {
  const descriptor = session.loose.pop();
  if (descriptor === undefined) return;
  const gone = { ...blobClaim(session, descriptor), value: null };
  await session.writer.promise([gone], () => session.content!.delete(descriptor.digest));
};

const lease: Step = async (session) => {
  const { digest } = sample(session).descriptor;
  const held = await session.content!.lease(digest, session.random.pick([-1, 60_000, 3_600_000]));
  if (session.random.chance(0.5)) await held.release();
  await Array.fromAsync(session.content!.leases());
};

const collectIngests: Step = async (session) => {
  await session.content!.collectIngests(3_600_000);
};

/** Collects what nobody names, while one of it is leased and others are written again. */
const collect: Step = async (session) => {
  const { content, loose, random, writer } = session;
  for (const { digest } of loose) await utimes(content!.localPath(digest), 0, 0);
  const candidates = loose.splice(0).map(({ digest }) => digest);
  const leased = candidates[0];
  const held = leased && (await content!.lease(leased, 60_000));
  const again = Array.from({ length: random.pick([2, 2, 6]) }, () => sample(session));
  for (const { bytes, descriptor } of again) {
    await putPromised(session, bytes, descriptor);
    await utimes(content!.localPath(descriptor.digest), 0, 0);
    candidates.push(descriptor.digest);
  }
  const gone = candidates
    .filter((digest) => digest !== leased)
    .map((digest) => ({ place: session.place, kind: 'blob' as const, name: digest, value: null }));
  const lags = again.map(() => random.below(40));
  await Promise.all([
    writer.promise(gone, () => Array.fromAsync(content!.collect(candidates, { olderThanMs: 3_600_000 }))),
    ...again.map(async ({ bytes, descriptor }, index) => {
      await lag(session, lags[index]!);
      await putPromised(session, bytes, descriptor);
    }),
  ]);
  await held?.release();
};

/**
 * What someone does whose writes were cut off by a crash: takes what is there for written, as a copy does, and holds on to it meanwhile. What
 * the crashed session had moved into place and not yet synced must not be taken for durable.
 */
export const findAgain: Step = async (session) => {
  const { content, place, writer, found } = session;
  for (const [name, values] of found.values(place, 'blob')) {
    if (!values.has(null)) continue;
    const digest = parseDigest(name);
    const held = await content!.lease(digest, 60_000);
    const info = await content!.stat(digest);
    if (info !== undefined) await writer.promise([blobClaim(session, info)], async () => {});
    await held.release();
  }
};

/** The three that a home with a catalog also takes come first. */
export const contentSteps: readonly Step[] = [
  write,
  writeTogether,
  remove,
  write,
  write,
  writeTogether,
  writeAgain,
  abort,
  refuse,
  leave,
  resume,
  adopt,
  lease,
  collectIngests,
  collect,
  collect,
];
