import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instructionOf } from './history-lines.ts';

test('instructionOf() takes off what builders put around an instruction', () => {
  const cases = [
    ['/bin/sh -c #(nop)  CMD ["/bin/sh"]', 'CMD ["/bin/sh"]'],
    ['/bin/sh -c #(nop) ADD file:1 in / ', 'ADD file:1 in /'],
    ['/bin/sh -c apk add curl', 'RUN apk add curl'],
    ['RUN /bin/sh -c apk add curl # buildkit', 'RUN apk add curl'],
    ['COPY . /app # buildkit', 'COPY . /app'],
    ['RUN |1 V=1 /bin/sh -c make # buildkit', 'RUN make'],
    ['|1 V=a b /bin/sh -c make && make install', 'RUN make && make install'],
    ['bazel build', 'bazel build'],
  ] as const;
  for (const [createdBy, instruction] of cases) assert.equal(instructionOf(createdBy), instruction);
});
