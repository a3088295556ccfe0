import type { PackageUrl } from './package-url.ts';

/**
 * What the definition of one package type adds to the specification. Only those rules are here that package URLs in the wild keep: the
 * definition of `golang` wants a namespace, and yet every tool writes `pkg:golang/stdlib`.
 */
export interface TypeRules {
  /** Components that have no case and are written in lower case. */
  readonly lowerCase?: readonly ('namespace' | 'name' | 'version')[] | undefined;
  readonly namespace?: 'required' | 'prohibited' | undefined;
  readonly requiredQualifier?: string | undefined;
  /** The name is a path: what follows the first segment belongs to it, not to the namespace. */
  readonly nameIsPath?: boolean | undefined;
  readonly nameOf?: ((name: string, qualifiers: Readonly<Record<string, string>>) => string) | undefined;
  /** What is wrong with components that have the form which the specification wants. */
  readonly faultOf?: ((purl: PackageUrl) => string | undefined) | undefined;
}

const noRules: TypeRules = {};
const caseless: TypeRules = { lowerCase: ['namespace', 'name'] };

/** The rules of a type in lower case; types that nobody registered have none. Package-URL, `types/*-definition.json`. */
export function rulesOf(type: string): TypeRules {
  return rules.get(type) ?? noRules;
}

const rules: ReadonlyMap<string, TypeRules> = new Map<string, TypeRules>([
  ['alpm', caseless],
  ['apk', caseless],
  ['bitbucket', caseless],
  ['bitnami', caseless],
  ['brew', caseless],
  [
    'chrome-extension',
    {
      lowerCase: ['name'],
      namespace: 'prohibited',
      faultOf: ({ name, version }) => {
        if (!/^[a-p]{32}$/.test(name)) return `the name "${name}" is not 32 letters from a to p`;
        const isVersion = version === undefined || /^\d+(?:\.\d+){0,3}$/.test(version);
        return isVersion ? undefined : `the version "${version}" is not one to four numbers with dots between`;
      },
    },
  ],
  ['composer', caseless],
  [
    'cpan',
    {
      faultOf: ({ name }) =>
        name.includes('::') ? `the name "${name}" is that of a module, not of a distribution` : undefined,
    },
  ],
  ['deb', caseless],
  ['git', { namespace: 'required', nameIsPath: true }],
  ['github', caseless],
  ['hex', caseless],
  ['huggingface', { lowerCase: ['version'] }],
  ['julia', { namespace: 'prohibited', requiredQualifier: 'uuid' }],
  ['luarocks', caseless],
  ['mlflow', { nameOf: mlflowName }],
  ['oci', { lowerCase: ['name', 'version'] }],
  ['otp', { lowerCase: ['name'], namespace: 'prohibited' }],
  ['pub', { nameOf: (name) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '_') }],
  ['pypi', { nameOf: (name) => name.toLowerCase().replaceAll('_', '-') }],
  ['qpkg', { lowerCase: ['namespace'] }],
  ['rpm', { lowerCase: ['namespace'] }],
  ['swift', { namespace: 'required' }],
  ['vcpkg', { namespace: 'prohibited' }],
  ['vscode-extension', { lowerCase: ['namespace', 'name', 'version'], namespace: 'required' }],
  ['yocto', { lowerCase: ['namespace'] }],
]);

// Azure ML tells names apart by their case, Databricks does not.
function mlflowName(name: string, qualifiers: Readonly<Record<string, string>>): string {
  return qualifiers.repository_url?.includes('databricks') ? name.toLowerCase() : name;
}
