import {
  type FoundAffectedImage,
  type FoundPackageImage,
  findAffected,
  findPackages,
  findSecrets,
  fleetPosition,
  parsePackageQuery,
} from '@lading/catalog';
import { Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { fleetPage, imageProperties, layerProperty, shownImage } from './found-image.ts';
import { listOf, pageQuery } from './page.ts';
import { Refusal } from './problem.ts';

const packageProperties = {
  purl: Type.String({ examples: ['pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12'] }),
  type: Type.String({ examples: ['deb'] }),
  name: Type.String({ examples: ['libssl3'] }),
  version: Type.String({ examples: ['3.0.11-1'] }),
  layer: layerProperty,
  places: Type.Integer({ description: 'In how many places of the layer it lies' }),
};

const verdictProperties = {
  vulnerability: Type.String({ examples: ['CVE-2024-5535'] }),
  aliases: Type.Array(Type.String()),
  severity: Type.String({ examples: ['high'] }),
  fix: Type.String({ examples: ['fixed', 'not-fixed', 'will-not-fix', 'unknown'] }),
  fixedVersion: Type.Optional(Type.String()),
};

const secretProperties = {
  rule: Type.String({ examples: ['github-pat'] }),
  place: Type.String({ examples: ['file', 'env', 'label', 'history'] }),
  path: Type.String({ examples: ['root/.netrc'] }),
  layer: Type.Optional(layerProperty),
  hiddenBy: Type.Optional(
    Type.Integer({ description: 'The layer that deletes the file; whoever pulls the image still gets it' }),
  ),
};

const follow = 'Follow `next`: a page may be short, or empty, while there is more.';

/** What is in all images. Whoever asks is told of what they may pull. */
export function searchRoutes(api: Api, registry: Registry): void {
  const { database } = registry.catalog;

  api.get(
    '/search/packages',
    {
      schema: {
        operationId: 'searchPackages',
        summary: 'Images that have a package in a range of versions',
        description: follow,
        tags: ['search'],
        querystring: Type.Object({
          ...pageQuery.properties,
          query: Type.String({ maxLength: 1000, examples: ['openssl <3.0.15', 'npm:lodash >=4 <4.17.21'] }),
        }),
        response: { 200: listOf(Type.Object({ ...imageProperties, ...packageProperties })) },
      },
    },
    async (request) => {
      const query = parsePackageQuery(request.query.query);
      const { items, next } = await findPackages(database, query, fleetPage(registry, request, request.query));
      return defined({ items: items.map(shownPackage), next });
    },
  );

  api.get(
    '/search/vulnerabilities',
    {
      schema: {
        operationId: 'searchVulnerabilities',
        summary: 'Images that have a vulnerability, by any of its names',
        description: follow,
        tags: ['search'],
        querystring: Type.Object({
          ...pageQuery.properties,
          id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9:._-]{1,99}$', examples: ['CVE-2024-5535'] }),
        }),
        response: {
          200: Type.Object({
            ...listOf(Type.Object({ ...imageProperties, ...packageProperties, ...verdictProperties })).properties,
            advisories: Type.String({ description: 'The digest of the advisories that say so' }),
            newest: Type.String({ description: 'The newest of them' }),
          }),
        },
      },
    },
    async (request) => {
      const position = await fleetPosition(database);
      if (position === undefined) {
        throw new Refusal(404, 'UNSUPPORTED', 'No advisories have judged what is in this registry', {
          hint: 'Name them in its configuration, "scan: {advisories: …}", and run the job "watch".',
        });
      }
      const id = request.query.id.replace(/^(?:cve|ghsa)-/i, (prefix) => prefix.toUpperCase());
      const { items, next } = await findAffected(database, id, fleetPage(registry, request, request.query));
      const { advisories, newest } = position;
      return defined({ items: items.map(shownAffected), next, advisories, newest });
    },
  );

  api.post(
    '/search/secrets',
    {
      schema: {
        operationId: 'searchSecrets',
        summary: 'Images that hold a secret, by its fingerprints',
        description: `Fingerprints are keyed at once and kept nowhere; they come in the body, which no log has. ${follow}`,
        tags: ['search'],
        body: Type.Object({
          ...pageQuery.properties,
          fingerprints: Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' }), {
            minItems: 1,
            maxItems: 2000,
            description: 'SHA-256 of a rule, a zero byte and the secret without white space: one for each rule',
          }),
        }),
        response: { 200: listOf(Type.Object({ ...imageProperties, ...secretProperties })) },
      },
    },
    async (request) => {
      const { fingerprints } = request.body;
      const { items, next } = await findSecrets(database, fingerprints, fleetPage(registry, request, request.body));
      const shown = items.map((found) => {
        const { rule, place, path, layer, hiddenBy } = found;
        return { ...shownImage(found), ...defined({ rule, place, path, layer, hiddenBy }) };
      });
      return defined({ items: shown, next });
    },
  );
}

function shownPackage(found: FoundPackageImage) {
  const { purl, layer, places } = found;
  const { type, name, version } = found.package;
  return { ...shownImage(found), purl, type, name, version, layer, places };
}

function shownAffected(found: FoundAffectedImage) {
  const { aliases, ...verdict } = found.verdict;
  return { ...shownPackage(found), aliases: [...aliases], ...defined(verdict) };
}
