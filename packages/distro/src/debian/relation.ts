import { LadingError } from '@lading/errors';
import { compareDebianVersions } from './version.ts';

export type RelationOperator = '<<' | '<=' | '=' | '>=' | '>>';

/** One package of a relation field: `libssl3:any (>= 3.0.0) [amd64] <!nocheck>`. Debian Policy §7.1. */
export interface Relation {
  readonly name: string;
  /** `any`, `native` or an architecture. */
  readonly qualifier?: string;
  readonly operator?: RelationOperator;
  readonly version?: string;
  /** The architectures it applies to; `!amd64` excludes one. Absent: all. */
  readonly architectures?: readonly string[];
}

/** Alternatives, of which one is enough; the first is preferred. */
export type RelationGroup = readonly Relation[];

const pattern =
  /^([a-z0-9A-Z][a-zA-Z0-9+.-]*)(?::([a-z0-9-]+))?\s*(?:\(\s*(<<|<=|>=|>>|=|<|>)\s*([^\s()<>=]+)\s*\))?\s*(?:\[([^\]]*)\])?\s*((?:<[^<>]*>\s*)*)$/;

/** A whole field: groups separated by commas, all of which must hold. Throws CONTROL_INVALID. */
export function parseRelations(text: string): RelationGroup[] {
  const groups: RelationGroup[] = [];
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    groups.push(part.split('|').map((alternative) => parseRelation(alternative)));
  }
  return groups;
}

/** One package with its constraints. Build profiles (`<…>`) are read over: they concern source packages. Throws CONTROL_INVALID. */
export function parseRelation(text: string): Relation {
  const match = pattern.exec(text.trim());
  if (match === null) {
    throw new LadingError('CONTROL_INVALID', `Cannot parse package relation "${text.trim().slice(0, 200)}"`, {
      hint: 'A relation looks like "name", "name (>= 1.2)" or "name:any".',
    });
  }
  const [, name = '', qualifier, operator, version, architectures] = match;
  return {
    name,
    ...(qualifier === undefined ? {} : { qualifier }),
    ...(operator === undefined || version === undefined ? {} : { operator: modern(operator), version }),
    ...(architectures === undefined ? {} : { architectures: architectures.trim().split(/\s+/) }),
  };
}

// Policy §7.1: `<` and `>` are old ways to write `<=` and `>=`.
function modern(operator: string): RelationOperator {
  if (operator === '<') return '<=';
  if (operator === '>') return '>=';
  return operator as RelationOperator;
}

export function formatRelation(relation: Relation): string {
  const name = relation.qualifier === undefined ? relation.name : `${relation.name}:${relation.qualifier}`;
  const constraint = relation.operator === undefined ? '' : ` (${relation.operator} ${relation.version})`;
  const architectures = relation.architectures === undefined ? '' : ` [${relation.architectures.join(' ')}]`;
  return name + constraint + architectures;
}

export function formatRelationGroup(group: RelationGroup): string {
  return group.map(formatRelation).join(' | ');
}

/** Whether a package of this version satisfies the relation's version constraint. */
export function versionSatisfies(version: string, relation: Relation): boolean {
  if (relation.operator === undefined || relation.version === undefined) return true;
  const order = compareDebianVersions(version, relation.version);
  switch (relation.operator) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}

/** Whether the relation concerns this architecture at all: its `[…]` list names it, or excludes others only. */
export function appliesTo(relation: Relation, architecture: string): boolean {
  const list = relation.architectures;
  if (list === undefined || list.length === 0) return true;
  const matches = (text: string): boolean =>
    text === architecture || text === 'any' || text === 'linux-any' || text === `any-${architecture}`;
  if (list.some((text) => text.startsWith('!'))) return !list.some((text) => matches(text.slice(1)));
  return list.some(matches);
}
