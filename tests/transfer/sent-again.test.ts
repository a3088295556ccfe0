import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstSentAgain, type UploadExchange } from './sent-again.ts';

const mb = 1e6;

function chunk(
  contentRange: string | undefined,
  requestBytes: number,
  status?: number,
  holds?: string,
): UploadExchange {
  return { method: 'PATCH', path: '/v2/app/blobs/uploads/one', contentRange, requestBytes, status, holds };
}

function state(holds: string | undefined, status = 204): UploadExchange {
  return { method: 'GET', path: '/v2/app/blobs/uploads/one', contentRange: undefined, requestBytes: 0, status, holds };
}

test('a push that goes on from what was acknowledged sends nothing again, also where chunks are acknowledged by their own range', () => {
  const course = [
    chunk(undefined, 24 * mb),
    state('0-21999999'),
    chunk('22000000-155999999', 134 * mb, 202, '0-155999999'),
    // As zot answers.
    chunk(undefined, 134 * mb, 202, '0-133999999'),
    chunk(undefined, 134 * mb, 202, '0-133999999'),
  ];
  assert.equal(firstSentAgain(course), undefined);
});

test('bytes are sent again when a chunk starts before what a state, a refusal or an earlier chunk acknowledged', () => {
  const refused = chunk('134000000-200000000', 0, 416, '0-155999999');
  for (const [said, acknowledged] of [
    [state('0-155999999'), 156 * mb],
    [refused, 156 * mb],
    [chunk(undefined, 16 * mb, 202, '0-15999999'), 150 * mb],
  ] as const) {
    const course = [chunk(undefined, 134 * mb, 202), said, chunk('134000000-200000000', 9 * mb)];
    assert.deepEqual(firstSentAgain(course), { acknowledged, start: 134 * mb });
  }
});

test('a new session sends all again, unless the registry had forgotten the old one', () => {
  const anew = { ...chunk(undefined, 9 * mb), path: '/v2/app/blobs/uploads/two' };
  const first = chunk(undefined, 134 * mb, 202);
  assert.deepEqual(firstSentAgain([first, anew]), { acknowledged: 134 * mb, start: 0 });
  assert.equal(firstSentAgain([first, state(undefined, 404), anew]), undefined);
});
