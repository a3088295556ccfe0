import type { GrantsTo } from './account.ts';
import type { Action, Grant } from './identity.ts';
import { Recent } from './internal/recent.ts';
import { compileSubjects, isSubject } from './subject.ts';

/** A line of the configuration: who may do what where. */
export interface GrantRule {
  /** Subjects and groups, as `subjectFault` accepts them. */
  readonly to: readonly string[];
  readonly repositories: readonly string[];
  readonly actions: readonly Action[];
}

/** What is usually granted together. */
export const roles: Readonly<Record<string, readonly Action[]>> = {
  reader: ['pull'],
  writer: ['pull', 'push'],
  maintainer: ['pull', 'push', 'delete'],
  admin: ['pull', 'push', 'delete', 'admin'],
};

/** The grants of rules to whoever they are for; the same list for the same subject, so that it is compiled once. */
export function createGrants(rules: readonly GrantRule[], members: ReadonlyMap<string, readonly string[]>): GrantsTo {
  const compiled = rules.map((rule) => ({
    to: compileSubjects(rule.to),
    grants: rule.repositories.map((repositories): Grant => ({ repositories, actions: rule.actions })),
  }));
  const groupMembers = [...members].map(([group, texts]) => ({ group, matcher: compileSubjects(texts) }));
  const known = new Recent<string, readonly Grant[]>(10_000);
  return (subject, groups = []) => {
    const key = JSON.stringify([subject.kind, subject.name, ...groups]);
    let grants = known.get(key);
    if (grants === undefined) {
      const own = groupMembers.filter(({ matcher }) => isSubject(matcher, subject)).map(({ group }) => group);
      const all = [...groups, ...own];
      grants = compiled.filter(({ to }) => isSubject(to, subject, all)).flatMap((rule) => rule.grants);
      known.set(key, grants);
    }
    return grants;
  };
}
