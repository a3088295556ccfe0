import type { SecretRule } from '../rule.ts';
import { assignments } from './assignments.ts';
import { chat } from './chat.ts';
import { cloud } from './cloud.ts';
import { databases } from './databases.ts';
import { delivery } from './delivery.ts';
import { files } from './files.ts';
import { forges } from './forges.ts';
import { frameworks } from './frameworks.ts';
import { hosting } from './hosting.ts';
import { identity } from './identity.ts';
import { keys } from './keys.ts';
import { mail } from './mail.ts';
import { models } from './models.ts';
import { monitoring } from './monitoring.ts';
import { packages } from './packages.ts';
import { payment } from './payment.ts';
import { services } from './services.ts';

/** Every rule. Where two find the same secret, the earlier one is told. */
export const allSecretRules: readonly SecretRule[] = [
  ...keys,
  ...cloud,
  ...hosting,
  ...forges,
  ...delivery,
  ...packages,
  ...models,
  ...chat,
  ...payment,
  ...mail,
  ...monitoring,
  ...databases,
  ...services,
  ...identity,
  ...frameworks,
  ...files,
  ...assignments,
];
