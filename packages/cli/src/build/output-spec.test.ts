import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotationAttributes, leveledAnnotations } from './annotation-levels.ts';
import { compressionOf } from './compression-options.ts';
import { parseOutput } from './output-spec.ts';

test('parseOutput() reads what buildx reads', () => {
  const cases: readonly (readonly [string, string, string | undefined, Record<string, string>])[] = [
    ['out', 'local', 'out', {}],
    ['./a b', 'local', './a b', {}],
    ['-', 'tar', '-', {}],
    ['type=local,dest=out', 'local', 'out', {}],
    ['type=tar', 'tar', '-', {}],
    ['type=oci,dest=a.tar,compression=zstd', 'oci', 'a.tar', { compression: 'zstd' }],
    ['type=docker,dest=a.tar', 'docker', 'a.tar', {}],
    ['type=docker', 'image', undefined, {}],
    ['type=registry,name=a', 'image', undefined, { push: 'true', name: 'a' }],
    ['type=image,"name=a,b:2",push=true', 'image', undefined, { name: 'a,b:2', push: 'true' }],
    ['type=image,annotation-index.k=v', 'image', undefined, { 'annotation-index.k': 'v' }],
  ];
  for (const [text, type, dest, attributes] of cases) {
    const spec = parseOutput(text);
    assert.deepEqual([spec.type, spec.dest, Object.fromEntries(spec.attributes)], [type, dest, attributes], text);
  }
});

test('parseOutput() says what is wrong, and what may be meant', () => {
  for (const [text, why] of [
    ['type=zip', /there is no type "zip"/],
    ['dest=a', /it has no type/],
    ['type=image,dest=a', /local store, not to a file/],
    ['type=local', /names no folder/],
    ['type=local,dest=-', /not to stdout/],
    ['type=oci,compresion=zstd', /no attribute "compresion"/],
    ['type=oci,"dest=a', /quotes do not close/],
    ['type=oci,dest', /"dest" is not of the form/],
  ] as const) {
    assert.throws(() => parseOutput(text), why, text);
  }
});

test('leveledAnnotations() puts each where its prefix says', () => {
  assert.deepEqual(
    leveledAnnotations(['a=1', 'index,manifest:b=2', 'manifest-descriptor:c=3', 'org.x:y=4', 'a=5=6', 'index:d=e:f']),
    {
      annotations: { a: '5=6', b: '2', 'org.x:y': '4' },
      indexAnnotations: { b: '2', d: 'e:f' },
      descriptorAnnotations: { c: '3' },
    },
  );
  assert.throws(() => leveledAnnotations(['nothing']), /NAME=VALUE/);
  assert.throws(() => leveledAnnotations(['index:=x']), /NAME=VALUE/);
  const attributes = new Map([
    ['annotation.a', '1'],
    ['annotation-index.b', '2'],
    ['compression', 'gzip'],
  ]);
  assert.deepEqual(annotationAttributes(attributes), ['manifest:a=1', 'index:b=2']);
});

test('compressionOf() takes options and attributes for the same, and refuses two answers', () => {
  const output = (attributes: Record<string, string>) => ({ attributes: new Map(Object.entries(attributes)) });
  assert.deepEqual(compressionOf({}, []), { compression: undefined, forceCompression: false });
  assert.deepEqual(
    compressionOf({ compression: 'zstd' }, [output({ compression: 'zstd', 'compression-level': '9' })]),
    {
      compression: { compression: 'zstd', level: 9 },
      forceCompression: false,
    },
  );
  assert.deepEqual(compressionOf({}, [output({ compression: 'uncompressed', 'force-compression': 'true' })]), {
    compression: { compression: 'none', level: undefined },
    forceCompression: true,
  });
  assert.throws(
    () => compressionOf({ compression: 'gzip' }, [output({ compression: 'zstd' })]),
    /gzip and zstd at once/,
  );
  assert.throws(() => compressionOf({ compression: 'lzma' }, []), /no such compression/);
  assert.throws(() => compressionOf({ compression: 'gzip', compressionLevel: '11' }, []), /from 0 to 9/);
});
