import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFileName } from './file-name.ts';

for (const [path, expected, told] of [
  ['a/b/part-1.2.3.jar', 'part 1.2.3'],
  ['app.jar!/lib/part-1.2.3.jar', 'part 1.2.3'],
  ['log4j-1.2-api-2.17.1.jar', 'log4j-1.2-api 2.17.1'],
  ['guava-31.1-jre.jar', 'guava 31.1-jre'],
  ['bcprov-jdk15on-1.70.jar', 'bcprov-jdk15on 1.70'],
  ['kafka_2.13-3.2.0.jar', 'kafka_2.13 3.2.0'],
  ['part-1.0-SNAPSHOT.jar', 'part 1.0-SNAPSHOT'],
  ['part-1.0-20240102.030405-7.jar', 'part 1.0-20240102.030405-7'],
  ['epoll-4.1.77.Final-linux-x86_64.jar', 'epoll 4.1.77.Final linux-x86_64'],
  ['part-2.0.0-rc1-tests.jar', 'part 2.0.0-rc1 tests'],
  ['part-1.2-special.jar', undefined],
  ['part-1.2-special.jar', 'part 1.2 special', '1.2'],
  ['part.jar', undefined],
  ['1.2.jar', undefined],
] as const) {
  test(`${path}${told === undefined ? '' : ` of version ${told}`} is ${expected}`, () => {
    const found = parseFileName(path, told);
    assert.equal(
      found && [found.artifactId, found.version, ...(found.classifier ? [found.classifier] : [])].join(' '),
      expected,
    );
  });
}
