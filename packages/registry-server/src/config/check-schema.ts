import { nearest } from '@lading/errors';
import type { TSchema } from 'typebox';
import { Errors } from 'typebox/value';
import type { ConfigPath, ConfigSource } from './config-source.ts';

/** What of JSON Schema matters for messages. */
interface SchemaNode {
  readonly title?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

type SchemaError = ReturnType<typeof Errors>[number];

/** Throws CONFIGURATION_INVALID where the value does not follow the schema: what stands there, and what was meant. */
export function checkSchema(schema: TSchema, value: unknown, at: ConfigPath, source: ConfigSource): void {
  const errors = Errors(schema, value).filter(({ keyword }) => keyword !== 'boolean');
  // The deepest says the most; a choice reports all of its branches, which is said better by its own title.
  const [error] = errors.toSorted((a, b) => depth(b) - depth(a));
  if (error === undefined) return;
  const steps = pointerSteps(error.instancePath);
  const { node, length } = nodeAt(schema as SchemaNode, steps);
  const path = [...at, ...steps.slice(0, length)].map((step) => (/^\d+$/.test(String(step)) ? Number(step) : step));
  throw faultOf(error, node, length === steps.length, path, source);
}

function faultOf(
  error: SchemaError,
  node: SchemaNode,
  isExact: boolean,
  path: ConfigPath,
  source: ConfigSource,
): Error {
  if (isExact && node.anyOf === undefined) {
    const known = Object.keys(node.properties ?? {});
    if (error.keyword === 'additionalProperties') {
      const [key = ''] = (error.params as { additionalProperties: string[] }).additionalProperties;
      const near = nearest(key, known);
      return source.fail(path, 'there is no such key', {
        key,
        hint: near === undefined ? `Keys here are ${known.join(', ')}.` : `Did you mean ${near}?`,
      });
    }
    if (error.keyword === 'required') {
      const missing = (error.params as { requiredProperties: string[] }).requiredProperties.join(', ');
      return source.fail(path, `${missing} is missing`);
    }
  }
  const choices = node.anyOf?.filter(({ const: choice }) => choice !== undefined).map(({ const: choice }) => choice);
  if (node.title !== undefined) return source.fail(path, `it must be ${node.title}`);
  if (choices !== undefined && choices.length > 0) return source.fail(path, `it must be one of ${choices.join(', ')}`);
  return source.fail(path, `it ${error.message.replace('must be object', 'must be a mapping of keys to values')}`);
}

/** The schema that a value has; it ends at a choice, of which nobody knows which branch was meant. */
function nodeAt(schema: SchemaNode, steps: readonly string[]): { node: SchemaNode; length: number } {
  let node = schema;
  for (const [index, step] of steps.entries()) {
    if (node.anyOf !== undefined) return { node, length: index };
    const { additionalProperties: rest } = node;
    const next =
      node.properties?.[step] ??
      Object.entries(node.patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(step))?.[1] ??
      (typeof rest === 'object' ? rest : undefined) ??
      node.items;
    if (next === undefined) return { node, length: index };
    node = next;
  }
  return { node, length: steps.length };
}

/** The steps of a JSON pointer (RFC 6901). */
function pointerSteps(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function depth({ instancePath }: SchemaError): number {
  return pointerSteps(instancePath).length;
}
