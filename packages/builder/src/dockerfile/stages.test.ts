import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile } from '@lading/dockerfile';
import { isLadingError } from '@lading/errors';
import { baseStage, neededStages, sourceStage, targetStage } from './stages.ts';

const dockerfile = parseDockerfile(`FROM alpine AS Base
FROM base AS app
COPY --from=tools /t /
FROM alpine AS unused
FROM base AS tools
FROM scratch AS base
COPY --from=app / /
FROM base
`);
const stages = dockerfile.stages;

test('targetStage() finds by name without case and by index, else the last', () => {
  assert.equal(targetStage(dockerfile, undefined), stages[5]);
  assert.equal(targetStage(dockerfile, 'TOOLS'), stages[3]);
  assert.equal(targetStage(dockerfile, '1'), stages[1]);
  for (const target of ['nothing', '6', ''])
    assert.throws(
      () => targetStage(dockerfile, target),
      (error) =>
        isLadingError(error, 'BUILD_INVALID') && /It has base, app, unused, tools, base, 5/.test(error.hint ?? ''),
    );
});

test('a FROM means a stage above it, a --from any, of equal names the last', () => {
  assert.equal(baseStage(dockerfile, stages[1]!, 'base'), stages[0]);
  assert.equal(baseStage(dockerfile, stages[5]!, 'BASE'), stages[4]);
  assert.equal(baseStage(dockerfile, stages[0]!, 'base'), undefined);
  assert.equal(baseStage(dockerfile, stages[5]!, '0'), undefined);
  assert.equal(sourceStage(dockerfile, 'Tools'), stages[3]);
  assert.equal(sourceStage(dockerfile, '2'), stages[2]);
  assert.equal(sourceStage(dockerfile, 'docker.io/library/busybox'), undefined);
  assert.throws(
    () => sourceStage(dockerfile, '9'),
    (error) => isLadingError(error, 'BUILD_INVALID'),
  );
});

test('neededStages() leaves out what the target does not reach', () => {
  const needed = neededStages(dockerfile, targetStage(dockerfile, undefined), (stage) => stage.from.image);
  assert.deepEqual(
    needed.map(({ index }) => index),
    [0, 1, 3, 4, 5],
  );
  assert.deepEqual(
    neededStages(dockerfile, stages[2]!, (stage) => stage.from.image).map(({ index }) => index),
    [2],
  );
});
