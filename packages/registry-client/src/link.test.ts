import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextLink } from './link.ts';

test('nextLink() finds the next relation among others', () => {
  assert.equal(nextLink('</v2/a/tags/list?n=2&last=b>; rel="next"'), '/v2/a/tags/list?n=2&last=b');
  assert.equal(nextLink('<https://r.example.org/v2/?x=1,2>; rel=next'), 'https://r.example.org/v2/?x=1,2');
  assert.equal(nextLink('</a>; rel="prev", </b>; title="x"; rel="last next"'), '/b');
  assert.equal(nextLink(['</a>; rel="prev"', '</b>; rel="next"']), '/b');
  assert.equal(nextLink('</a>; rel="nextish"'), undefined);
  assert.equal(nextLink('</a>'), undefined);
  assert.equal(nextLink(undefined), undefined);
});
