import { LadingError, messageOf } from '@lading/errors';
import type { Finding } from '@lading/facts';
import { isProductOf, type VexImage, type VexProduct } from './vex-product.ts';

/** That a vulnerability is, or is not, in products. OpenVEX 0.2.0 §statements. */
export interface VexStatement {
  readonly ids: readonly string[];
  readonly products: readonly VexProduct[];
  readonly status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
  readonly justification?: string | undefined;
  /** The impact statement, else the notes. */
  readonly notes?: string | undefined;
  readonly author: string;
  /** Milliseconds since 1970; of two statements the later holds. */
  readonly time: number;
}

/**
 * Reads an OpenVEX document, bare, as predicate of an in-toto statement or in a DSSE envelope (also one in a bundle of Sigstore), whose signature is not looked at. The subjects
 * of an in-toto statement are products of statements that name none. Throws VEX_INVALID; `name` is the document's, for errors.
 */
export function parseOpenVex(text: string, name: string): readonly VexStatement[] {
  try {
    return statementsOf(unwrap(JSON.parse(text)));
  } catch (cause) {
    throw new LadingError('VEX_INVALID', `Cannot read the VEX document ${name}: ${messageOf(cause)}`, {
      cause,
      hint: 'It is JSON by the OpenVEX specification, perhaps as predicate of an in-toto statement.',
      details: { path: name },
    });
  }
}

/** The statement that holds for a finding in an image: the latest one. Undefined where none speaks of it. */
export function statementFor(
  statements: readonly VexStatement[],
  finding: Finding,
  image: VexImage,
): VexStatement | undefined {
  const ids = new Set([finding.id, ...finding.aliases]);
  return statements
    .filter((one) => one.ids.some((id) => ids.has(id)))
    .filter(({ products }) => products.some((product) => isProductOf(product, finding, image)))
    .reduce<VexStatement | undefined>(
      (last, one) => (last === undefined || one.time >= last.time ? one : last),
      undefined,
    );
}

interface Wrapped {
  readonly document: Readonly<Record<string, unknown>>;
  readonly subjects: readonly VexProduct[];
}

function unwrap(value: unknown): Wrapped {
  const object = record(value, 'the document');
  // A bundle of Sigstore holds the envelope.
  if (isRecord(object.dsseEnvelope)) return unwrap(object.dsseEnvelope);
  if (typeof object.payload === 'string') {
    return unwrap(JSON.parse(Buffer.from(object.payload, 'base64').toString('utf8')));
  }
  if (object.predicate === undefined) return { document: object, subjects: [] };
  return { document: record(object.predicate, 'the predicate'), subjects: list(object.subject).map(subjectOf) };
}

function statementsOf({ document, subjects }: Wrapped): VexStatement[] {
  if (!String(document['@context'] ?? '').startsWith('https://openvex.dev/ns')) {
    throw new TypeError('its @context is not that of OpenVEX');
  }
  return list(document.statements).map((value, index) => {
    const statement = record(value, `statement ${index + 1}`);
    const { status } = statement;
    if (status !== 'not_affected' && status !== 'affected' && status !== 'fixed' && status !== 'under_investigation') {
      throw new TypeError(`statement ${index + 1} has no status that OpenVEX knows`);
    }
    const products = list(statement.products).map(productOf);
    return {
      status,
      ids: idsOf(statement.vulnerability),
      products: products.length > 0 ? products : subjects,
      justification: text(statement.justification),
      notes: text(statement.impact_statement) ?? text(statement.status_notes),
      author: text(document.author) ?? 'unknown',
      time: Date.parse(text(statement.timestamp) ?? text(document.timestamp) ?? '') || 0,
    };
  });
}

/** The first versions of OpenVEX had the bare name. */
function idsOf(vulnerability: unknown): string[] {
  if (typeof vulnerability === 'string') return [vulnerability];
  const { name, aliases } = record(vulnerability, 'a vulnerability');
  return [name, ...list(aliases)].filter((id) => typeof id === 'string');
}

function productOf(value: unknown): VexProduct {
  if (typeof value === 'string') return { names: [value], digests: [], components: [] };
  const { '@id': id, identifiers, hashes, subcomponents } = record(value, 'a product');
  const names = [id, isRecord(identifiers) ? identifiers.purl : undefined].filter((one) => typeof one === 'string');
  const components = list(subcomponents).map(productOf);
  return { names, digests: digestsOf(hashes), components };
}

function subjectOf(value: unknown): VexProduct {
  const { name, digest } = record(value, 'a subject');
  return { names: typeof name === 'string' ? [name] : [], digests: digestsOf(digest), components: [] };
}

/** `{ "sha-256": "…" }` in OpenVEX, `sha256` in in-toto. */
function digestsOf(hashes: unknown): string[] {
  if (!isRecord(hashes)) return [];
  return Object.entries(hashes).flatMap(([name, value]) =>
    /^sha-?256$/i.test(name) && typeof value === 'string' ? [`sha256:${value.toLowerCase()}`] : [],
  );
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  throw new TypeError(`${what} is not an object`);
}
