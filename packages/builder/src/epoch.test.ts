import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { defaultEpoch, isoTime, sourceDateEpoch } from './epoch.ts';

test('sourceDateEpoch() is the variable, else 1980', () => {
  assert.equal(sourceDateEpoch({ SOURCE_DATE_EPOCH: '1700000000' }), 1_700_000_000);
  assert.equal(sourceDateEpoch({ SOURCE_DATE_EPOCH: '0' }), 0);
  assert.equal(sourceDateEpoch({ SOURCE_DATE_EPOCH: '' }), defaultEpoch);
  assert.equal(sourceDateEpoch({}), defaultEpoch);
  assert.equal(isoTime(defaultEpoch), '1980-01-01T00:00:01Z');
});

test('sourceDateEpoch() refuses what is no number of seconds', () => {
  for (const text of ['now', '-1', '1.5', ' 1', '1e9', '999999999999'])
    assert.throws(
      () => sourceDateEpoch({ SOURCE_DATE_EPOCH: text }),
      (error) => isLadingError(error, 'BUILD_INVALID'),
      text,
    );
});
