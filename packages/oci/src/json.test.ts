import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from './digest.ts';
import { encodeJson } from './json.ts';

test('encodeJson() writes members in the order given, compactly, without absent ones', () => {
  const text = Buffer.from(encodeJson({ b: 1, a: [true, null, 'é<&>'], gone: undefined })).toString();
  assert.equal(text, '{"b":1,"a":[true,null,"é<&>"]}');
});

test('encodeJson() of a known value keeps its digest for ever', () => {
  assert.equal(
    digestOf(encodeJson({ schemaVersion: 2, layers: [] })),
    'sha256:6ece6defe7067e1c5455a7720c1189ad30f7f8efe78587bd7c06e64a80fe7770',
  );
});
