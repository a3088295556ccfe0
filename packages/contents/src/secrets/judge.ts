import { entropy } from './entropy.ts';
import { isPlaceholder } from './placeholder.ts';

/** Passwords of documentation and of fresh installations: they open nothing that is not open anyway, or stand where none is. */
const ordinary = new Set(
  `password passwd pass pwd secret secrets token test testing tests admin administrator root user username guest default none null nil undefined
  true false yes no empty string required optional value mypassword my-password my_password mysecret my-secret my_secret mysecretpassword
  hunter2 letmein welcome foobar foo bar baz hello world postgres mysql mariadb mongo mongodb redis rabbitmq docker localhost database
  p4ssw0rd passw0rd pa55word pass123 test123 admin123 root123 secret123 password1 password123 testpassword apikey api_key api-key`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** What is written as a name, a path, a call or a type, not as a secret. */
const code =
  /^(?:[A-Za-z]?[a-z]+|[A-Z]+|[a-z]+(?:[-_. :/][a-z]+)+|[A-Z]+(?:[-_. ][A-Z]+)+|\d{1,10}|\d+[-_.]\d+)$|[(){}<>;\\]|^(?:\.{0,2}|~|[A-Za-z]:)\/|^\/|^(?:https?|file|data|urn|arn|env|vault|ref|op|secret|ssm):|^(?:function|class|import|new|this|self|return|typeof)\b/;

/** A hash or a UUID: what a lock file, a cache or an identifier is. */
const hash = /^(?:(?:sha\d+|md5)[-:_]|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$)/i;

/** Whether somebody chose this as a password; `least` is how much it must be like chance, in bits for each character. */
export function isPassword(value: string, least: number): boolean {
  if (value.length < 6 || isPlaceholder(value) || ordinary.has(value.toLowerCase())) return false;
  return !code.test(value) && !hash.test(value) && entropy(value) >= least;
}

/** What names a secret instead of being it: `access_token_2`, `__NextToken__`. */
const ownName = /passw|secret|token|api.?key|credential|^__|__$/i;

/** Whether a value under the name of a secret is one: with letters and digits, and not made of words as names in programs are. */
export function isLikeChance(value: string, least: number): boolean {
  if (!/[A-Za-z]/.test(value) || !/\d/.test(value)) return false;
  const isName = value.split(/[-_.:/]/).every((word) => /^[A-Za-z]*\d{0,2}$/.test(word));
  return !isName && !ownName.test(value) && isPassword(value, least);
}

/** Whether base64 holds `user:password`, of which neither is a placeholder. */
export function isBasicAuth(value: string): boolean {
  const [user = '', password = ''] = Buffer.from(value, 'base64').toString('latin1').split(/:(.*)/s);
  if (!/^[\x20-\x7e]+$/.test(user) || !/^[\x20-\x7e]{4,}$/.test(password)) return false;
  return !isPlaceholder(user) && !isPlaceholder(password) && !ordinary.has(password.toLowerCase());
}
