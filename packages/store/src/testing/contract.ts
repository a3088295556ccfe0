import { type TestContext, test } from 'node:test';

export interface ContractOptions {
  /** Cases, by name, that cannot hold for an implementation, each with the reason, which the report shows. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** The cases of a contract: what each proves → how. */
export type Cases<Subject> = Readonly<Record<string, (subject: Subject, t: TestContext) => Promise<void>>>;

/** Runs the cases as tests named "<implementation>: <case>". */
export function runContract<Subject>(
  name: string,
  open: (t: TestContext) => Promise<Subject>,
  cases: Cases<Subject>,
  { skip = {} }: ContractOptions,
): void {
  const unknown = Object.keys(skip).find((key) => !Object.hasOwn(cases, key));
  if (unknown !== undefined) throw new Error(`Cannot skip "${unknown}": the contract has no such case`);
  for (const [key, prove] of Object.entries(cases)) {
    const reason = skip[key];
    test(`${name}: ${key}`, reason === undefined ? {} : { skip: reason }, async (t) => prove(await open(t), t));
  }
}
