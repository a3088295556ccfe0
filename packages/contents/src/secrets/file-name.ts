import type { FoundSecret, Severity } from '@lading/facts';
import { fingerprintOf } from './fingerprint.ts';

/** A kind of file that is a secret by its name. */
export interface FileNameRule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly name: RegExp;
  /** Files of that name that hold no secret. */
  readonly except?: RegExp | undefined;
}

/**
 * Files that are secret whatever is in them, or whose content cannot be read here. Keys in text, .netrc and the like are not among them: the
 * rules for content find what really is in there.
 */
export const fileNameRules: readonly FileNameRule[] = [
  { id: 'file-pkcs12', title: 'PKCS #12 key store', severity: 'high', name: /\.(?:p12|pfx)$/ },
  {
    id: 'file-java-keystore',
    title: 'Java key store',
    severity: 'high',
    name: /\.(?:jks|jceks|bks|keystore)$/,
    except: /(?:^|\/)(?:cacerts|truststore)[^/]*$|truststore/i,
  },
  { id: 'file-keepass', title: 'KeePass database', severity: 'high', name: /\.kdbx?$/ },
  {
    id: 'file-gnupg-key',
    title: 'GnuPG secret keys',
    severity: 'critical',
    name: /(?:^|\/)(?:secring\.gpg|private-keys-v1\.d\/[^/]+\.key)$/,
  },
  { id: 'file-keychain', title: 'macOS keychain', severity: 'high', name: /\.keychain(?:-db)?$/ },
  {
    id: 'file-kerberos-keytab',
    title: 'Kerberos key table',
    severity: 'critical',
    name: /(?:^|\/)krb5\.keytab$|\.keytab$/,
  },
  { id: 'file-wallet', title: 'Wallet of a cryptocurrency', severity: 'critical', name: /(?:^|\/)wallet\.dat$/ },
  { id: 'file-vault-token', title: 'Token of HashiCorp Vault', severity: 'critical', name: /(?:^|\/)\.vault-token$/ },
  {
    id: 'file-terraform-state',
    title: 'Terraform state, which holds secrets in the clear',
    severity: 'medium',
    name: /\.tfstate(?:\.backup)?$/,
  },
  {
    id: 'file-shell-history',
    title: 'History of a shell or client, which holds what was typed',
    severity: 'low',
    name: /(?:^|\/)\.(?:bash|zsh|ash|sh|python|node_repl|psql|mysql|rediscli|sqlite|irb)_history$/,
  },
  {
    id: 'file-env',
    title: 'Environment file',
    severity: 'low',
    name: /(?:^|\/)\.env(?:\.[\w.-]+)?$/,
    except: /\.(?:example|sample|template|dist|defaults?|schema|test|vault)$|(?:^|\/)node_modules\//,
  },
  { id: 'file-git-directory', title: 'History of the source code', severity: 'medium', name: /(?:^|\/)\.git\/HEAD$/ },
  {
    id: 'file-chrome-logins',
    title: 'Passwords of a browser',
    severity: 'high',
    name: /(?:^|\/)(?:Login Data|logins\.json|key4\.db)$/,
  },
  {
    id: 'file-dpapi',
    title: 'Remote desktop or Windows credentials',
    severity: 'medium',
    name: /(?:\.rdg|(?:^|\/)unattend\.xml)$/i,
  },
];

/** What a file's name says. Its fingerprint is of the path: the same file in many images is the same finding. */
export function findByName(path: string): readonly FoundSecret[] {
  const rule = fileNameRules.find(({ name, except }) => name.test(path) && except?.test(path) !== true);
  if (rule === undefined) return [];
  const { id, title, severity } = rule;
  return [{ rule: id, title, severity, location: path, fingerprint: fingerprintOf(id, path) }];
}
