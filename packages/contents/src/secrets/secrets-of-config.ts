import type { FoundSecret, ImageSecret } from '@lading/facts';
import type { ImageConfig } from '@lading/oci';
import { ruleSetOf, type SecretScannerOptions } from './create-secret-scanner.ts';
import { fingerprintOf } from './fingerprint.ts';
import { isPassword } from './judge.ts';
import { assignments } from './rules/assignments.ts';
import { textScanner } from './scan-text.ts';

/** Names of variables whose value is secret. What is the name of a file or a public key is not. */
const secretName =
  /(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH_?KEY|ENCRYPTION_?KEY|CREDENTIALS?)(?:_\d+)?$/i;

/** Rules that know no more than the name does. */
const guesses: ReadonlySet<string> = new Set(assignments.map(({ id }) => id));

/** What a variable of such a name holds is told even when it is weak. */
const least = 1.5;

/**
 * Secrets in what an image says of itself: variables, labels, and the history with its build arguments. Whoever can pull the image reads
 * them without a layer. A variable that the history shows as well is told once.
 */
export function secretsOfConfig(config: ImageConfig, options: SecretScannerOptions = {}): readonly ImageSecret[] {
  const scanner = textScanner(ruleSetOf(options));
  const scan = (text: string): readonly FoundSecret[] => scanner('config', Buffer.from(text));
  const found: ImageSecret[] = [];
  const told = new Set<string>();
  const take = (place: ImageSecret['place'], location: string, some: readonly FoundSecret[]): void => {
    for (const secret of some) {
      const once = `${place === 'label' ? place : ''} ${secret.fingerprint}`;
      if (told.has(once)) continue;
      told.add(once);
      // A line number of one line says nothing.
      found.push({ ...secret, line: undefined, location, place });
    }
  };
  for (const variable of config.config?.Env ?? []) {
    const [name = ''] = variable.split('=', 1);
    take('env', `config.Env.${name}`, orNamed(scan(variable), name, variable.slice(name.length + 1)));
  }
  for (const [name, value] of Object.entries(config.config?.Labels ?? {})) {
    take('label', `config.Labels.${name}`, orNamed(scan(`${name}=${value}`), name, value));
  }
  (config.history ?? []).forEach(({ created_by: instruction = '' }, index) => {
    const variables = variablesOf(instruction);
    const rest = scan(instruction).filter(({ rule }) => variables.length === 0 || !guesses.has(rule));
    take('history', `history[${index}]`, [...variables, ...rest]);
  });
  return found;

  function orNamed(byRule: readonly FoundSecret[], name: string, value: string): readonly FoundSecret[] {
    if (byRule.some(({ rule }) => !guesses.has(rule))) return byRule;
    const byName = named(name, value);
    return byName.length > 0 ? byName : byRule;
  }

  /** `RUN |2 TOKEN=… USER=… /bin/sh -c …`, `ENV TOKEN=…`, `ARG TOKEN=…`, each variable as if it stood in the environment. */
  function variablesOf(instruction: string): readonly FoundSecret[] {
    const variables = instruction.matchAll(
      /(?:^|\s)([A-Za-z_]\w{0,100})=("[^"]{0,2000}"|'[^']{0,2000}'|[^\s"']{1,2000})/g,
    );
    return [...variables].flatMap(([, name = '', value = '']) => {
      const bare = value.replace(/^(["'])(.*)\1$/, '$2');
      return orNamed(scan(`${name}=${bare}`), name, bare);
    });
  }
}

/** A variable that is secret by its name. */
function named(name: string, value: string): readonly FoundSecret[] {
  if (!secretName.test(name) || !isPassword(value, least)) return [];
  const rule = 'secret-variable';
  const title = 'Variable with a secret';
  return [
    {
      rule,
      title,
      severity: 'high',
      location: '',
      excerpt: `${name}=********`,
      fingerprint: fingerprintOf(rule, value),
    },
  ];
}
