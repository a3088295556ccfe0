import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type BuildpackDescriptor, parseBuildpack } from './descriptor.ts';
import { groupsOf } from './groups.ts';
import { type GroupElement, parseOrder } from './order.ts';

const component = (id: string) => `api = "0.10"\n[buildpack]\nid = "${id}"\nversion = "1.0.0"\n`;
const composite = (id: string, ...groups: string[]) =>
  component(id) + groups.map((group) => `[[order]]\n${group.split(' ').map(element).join('')}`).join('');
const element = (written: string) => {
  const optional = written.endsWith('?');
  return `[[order.group]]\nid = "${written.replace('?', '')}"\nversion = "1.0.0"\noptional = ${optional}\n`;
};
const orderOf = (...groups: string[]) =>
  parseOrder(groups.map((group) => `[[order]]\n${group.split(' ').map(element).join('')}`).join(''), 'order.toml');

/** What the matrices of the specification show. */
async function groups(order: readonly string[], ...composites: string[]): Promise<string[]> {
  const known = new Map<string, BuildpackDescriptor>();
  for (const text of composites) {
    const buildpack = parseBuildpack(text, 'a composite');
    known.set(buildpack.id, buildpack);
  }
  const lookup = async ({ id }: GroupElement) => known.get(id) ?? parseBuildpack(component(id), id);
  const result: string[] = [];
  for await (const group of groupsOf(orderOf(...order), lookup))
    result.push(group.map(({ buildpack, optional }) => buildpack.id + (optional ? '?' : '')).join(' '));
  return result;
}

test('composites are replaced by each of their groups, depth first from the left', async () => {
  const [O, P] = [composite('O', 'A B', 'C D'), composite('P', 'E F', 'G H')];
  assert.deepEqual(await groups(['E O F'], O), ['E A B F', 'E C D F']);
  assert.deepEqual(await groups(['O P'], O, P), ['A B E F', 'A B G H', 'C D E F', 'C D G H']);
});

test('an optional composite may also be left out, an optional component stays marked', async () => {
  assert.deepEqual(await groups(['O? X? Y'], composite('O', 'A')), ['A X? Y', 'X? Y']);
});

test('a buildpack that comes twice counts where it comes first', async () => {
  assert.deepEqual(await groups(['A B A'], composite('B', 'A C')), ['A C']);
});

test('composites that hold themselves are refused', async () => {
  await assert.rejects(groups(['O'], composite('O', 'P'), composite('P', 'O')), (error) => {
    assert.ok(isLadingError(error, 'BUILDPACK_INVALID'));
    assert.match(error.message, /O@1\.0\.0 holds P@1\.0\.0 holds O@1\.0\.0/);
    return true;
  });
});
