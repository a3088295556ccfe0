import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAlternatives } from './alternatives.ts';

test('parseAlternatives() reads literal commands with slaves, over several lines', () => {
  const script = `#!/bin/sh
if [ "$1" = configure ]; then
  update-alternatives --quiet --install /usr/bin/pager pager /bin/more 50 \\
    --slave /usr/share/man/man1/pager.1.gz pager.1.gz /usr/share/man/man1/more.1.gz || true
  update-alternatives --install /usr/bin/which which "/usr/bin/which.debianutils" 0
fi
`;
  assert.deepEqual(parseAlternatives(script), [
    {
      name: 'pager',
      link: '/usr/bin/pager',
      path: '/bin/more',
      priority: 50,
      slaves: [{ link: '/usr/share/man/man1/pager.1.gz', name: 'pager.1.gz', path: '/usr/share/man/man1/more.1.gz' }],
    },
    { name: 'which', link: '/usr/bin/which', path: '/usr/bin/which.debianutils', priority: 0, slaves: [] },
  ]);
});

test('parseAlternatives() leaves out what a shell would have to work out, and names that lead elsewhere', () => {
  for (const line of [
    'update-alternatives --install /usr/bin/x x $BINARY 5',
    'update-alternatives --install /usr/bin/x x `which x` 5',
    'update-alternatives --install /usr/bin/x ../../x /usr/bin/y 5',
    'update-alternatives --remove x /usr/bin/y',
    'echo --install /usr/bin/x x /usr/bin/y 5',
  ]) {
    assert.deepEqual(parseAlternatives(line), [], line);
  }
});
