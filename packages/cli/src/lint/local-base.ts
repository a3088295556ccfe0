import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LintRequest } from '@lading/builder';
import type { ExecutionConfig } from '@lading/oci';
import type { Context } from '../context.ts';

type ImageSettings = ExecutionConfig & { readonly Shell?: unknown; readonly Healthcheck?: unknown };

/**
 * Looks up the config of a base image among the local ones. No registry is asked, no home is made for it, and what cannot be read is
 * as good as absent: checks only get sharper by it.
 */
export function localBase(context: Context): NonNullable<LintRequest['baseConfig']> {
  return async (image) => {
    try {
      if (!existsSync(join(await context.homeFolder(), 'catalog.sqlite'))) return undefined;
      const [{ openImage }, { parseReference }] = await Promise.all([import('@lading/image'), import('@lading/oci')]);
      const reference = parseReference(image);
      const repository = (await context.home()).repositoryOf(reference);
      const { signal } = context;
      const { config } = await openImage(repository, reference.digest ?? reference.tag ?? 'latest', { signal });
      // the last two are Docker's own and pass through unchecked
      const settings: ImageSettings = config.config ?? {};
      const { Env: env, User: user, Shell: shell } = settings;
      return {
        env,
        user,
        shell: Array.isArray(shell) ? shell.map(String) : undefined,
        healthcheck: settings.Healthcheck !== undefined,
        platform: { os: config.os, architecture: config.architecture },
      };
    } catch {
      context.signal.throwIfAborted();
      return undefined;
    }
  };
}
