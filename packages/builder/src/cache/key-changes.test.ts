import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { changesBetween } from './key-changes.ts';
import { encodeRecord, parseRecord, recordOf } from './key-record.ts';
import { type StepParts, stepKey } from './step-key.ts';

const path = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('a\nb', '["x"]', 'a\tb', '[', ' '));
const mark = fc.oneof(fc.string(), fc.constantFrom('file 0644 abc', 'symlink 0777 a\nb', '[x'));

test('a record reads as it was written, whatever the names of files', () => {
  fc.assert(
    fc.property(fc.dictionary(path, mark), fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (files, parts) => {
      const marks = Object.entries(files).map(([one, of]) => ({ path: one, mark: of }));
      const record = recordOf(stepKey('copy', parts, () => marks));
      const read = parseRecord(encodeRecord(record));
      assert.deepEqual([...(read?.files ?? [])], [...(record.files ?? [])]);
      assert.deepEqual(read?.parts, record.parts);
      assert.equal(read?.digest, record.digest);
    }),
    { numRuns: 50 },
  );
});

test('what is damaged is no record', () => {
  const bytes = encodeRecord(recordOf(stepKey('run', { argv: ['x'] })));
  assert.equal(parseRecord(bytes.subarray(0, -3)), undefined);
  assert.equal(parseRecord(Buffer.from('{}')), undefined);
});

test('a value of a variable is never kept, and its change is told by name', () => {
  const before = recordOf(stepKey('run', { environment: ['TOKEN=geheim-1', 'A=1', 'GONE='] }));
  const after = recordOf(stepKey('run', { environment: ['TOKEN=geheim-2', 'A=1', 'NEW=x'] }));
  for (const record of [before, after]) assert.ok(!JSON.stringify(record).includes('geheim'));
  assert.deepEqual(changesBetween(before, after), [
    { what: 'variable', name: 'TOKEN', how: 'changed' },
    { what: 'variable', name: 'GONE', how: 'removed' },
    { what: 'variable', name: 'NEW', how: 'added' },
  ]);
});

test('changesBetween() names the files that were added, removed, changed or made executable', () => {
  const of = (content: string, files: Record<string, string>) =>
    recordOf(stepKey('copy', { content }, () => Object.entries(files).map(([one, is]) => ({ path: one, mark: is }))));
  const before = of('1', {
    a: 'file 0644 1',
    b: 'file 0644 2',
    c: 'file 0644 3',
    l: 'symlink 0777 a',
    t: 'file 0644 4',
  });
  const after = of('2', {
    a: 'file 0644 9',
    b: 'file 0755 2',
    d: 'file 0644 3',
    l: 'symlink 0777 b',
    t: 'directory 0755',
  });
  assert.deepEqual(changesBetween(before, after), [
    {
      what: 'files',
      ...{ changed: 4, added: 1, removed: 1 },
      first: [
        { path: 'a', how: 'content' },
        { path: 'b', how: 'mode', before: '0644', after: '0755' },
        { path: 'c', how: 'removed' },
        { path: 'd', how: 'added' },
        { path: 'l', how: 'target' },
        { path: 't', how: 'type', before: 'file', after: 'directory' },
      ],
    },
  ]);
});

test('keys that differ always have a change, and equal ones have none', () => {
  const parts: fc.Arbitrary<StepParts> = fc.dictionary(
    fc.constantFrom('fileSystem', 'content', 'environment', 'argv', 'chosen', 'x'),
    fc.oneof(fc.string(), fc.array(fc.string())),
  );
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const [before, after] = [stepKey('run', one), stepKey('run', other)];
      const changes = changesBetween(recordOf(before), recordOf(after));
      assert.equal(changes.length === 0, before.digest === after.digest);
    }),
  );
});
