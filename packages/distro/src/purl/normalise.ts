import { compareText } from '../internal/numeral.ts';
import type { Fail } from './fault.ts';
import type { PackageUrl } from './package-url.ts';
import { rulesOf } from './type-rules.ts';

type Qualifiers = Readonly<Record<string, string>>;

/**
 * Components in their one form, by the specification and by the rules of the type. Qualifiers come as pairs, so that none can hide
 * another.
 */
export function normalise(
  purl: PackageUrl,
  pairs: readonly (readonly [key: string, value: string])[],
  fail: Fail,
): PackageUrl {
  const type = purl.type.toLowerCase();
  if (!/^[a-z][a-z0-9.-]*$/.test(type)) {
    return fail(`the type "${purl.type}" is not a letter with letters, digits, "." and "-" after it`);
  }
  const rules = rulesOf(type);
  const cased = (component: 'namespace' | 'name' | 'version'): string => {
    const text = purl[component] ?? '';
    return rules.lowerCase?.includes(component) ? text.toLowerCase() : text;
  };
  const qualifiers = normaliseQualifiers(pairs, fail);
  const name = trimSlashes(cased('name'));
  const normal: PackageUrl = {
    type,
    ...present({ namespace: joinSegments(cased('namespace')) }),
    name: rules.nameOf?.(name, qualifiers) ?? name,
    ...present({
      version: cased('version'),
      qualifiers: Object.keys(qualifiers).length === 0 ? undefined : qualifiers,
      subpath: joinSegments(purl.subpath ?? '', ['.', '..']),
    }),
  };
  const fault = faultOf(normal);
  return fault === undefined ? normal : fail(fault);
}

function faultOf(purl: PackageUrl): string | undefined {
  const { namespace, requiredQualifier, faultOf: typeFaultOf } = rulesOf(purl.type);
  if (purl.name === '') return 'the name is empty';
  if (namespace === 'required' && purl.namespace === undefined) return `the type ${purl.type} wants a namespace`;
  if (namespace === 'prohibited' && purl.namespace !== undefined) return `the type ${purl.type} has no namespaces`;
  if (requiredQualifier !== undefined && purl.qualifiers?.[requiredQualifier] === undefined) {
    return `the type ${purl.type} wants the qualifier "${requiredQualifier}"`;
  }
  return typeFaultOf?.(purl);
}

// An empty value is no qualifier. Specification §Qualifiers.
function normaliseQualifiers(pairs: readonly (readonly [string, string])[], fail: Fail): Qualifiers {
  const qualifiers = new Map<string, string>();
  for (const [given, value] of pairs) {
    if (value === '') continue;
    const key = given.toLowerCase();
    if (!/^[a-z][a-z0-9._-]*$/.test(key)) {
      return fail(`the qualifier "${given}" is not a letter with letters, digits, ".", "-" and "_" after it`);
    }
    if (qualifiers.has(key)) return fail(`the qualifier "${key}" is there twice`);
    qualifiers.set(key, value);
  }
  return Object.fromEntries([...qualifiers].sort(([a], [b]) => compareText(a, b)));
}

/** Without what is absent or empty. */
function present<T extends object>(components: T): Partial<T> {
  const entries = Object.entries(components).filter(([, component]) => component !== undefined && component !== '');
  return Object.fromEntries(entries) as Partial<T>;
}

function joinSegments(path: string, dropped: readonly string[] = []): string {
  const segments = path.split('/').filter((segment) => segment !== '' && !dropped.includes(segment));
  return segments.join('/');
}

function trimSlashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === '/') start++;
  while (end > start && text[end - 1] === '/') end--;
  return text.slice(start, end);
}
