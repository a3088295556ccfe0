import { setTimeout as delay } from 'node:timers/promises';
import { LadingError, messageOf } from '@lading/errors';
import type { OpenedRegistryServer, RegistryConfig } from '@lading/registry-server';
import { type CommandModule, examples, type OptionValues, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import { jobThreads } from '../registry-jobs.ts';
import { configureRegistryParts, openRegistryParts, registryConfig, registryPlace } from '../registry-parts.ts';
import { scanThreads } from '../registry-scan-threads.ts';
import { createRequestLog, type LogFormat, logFormats } from '../request-log.ts';
import { version } from '../version.ts';

export const command: CommandModule = {
  configure(command) {
    configureRegistryParts(command);
    command
      .option('--listen <address>', 'host and port; port 0 takes a free one (127.0.0.1:5000)')
      .option('--tls-certificate <file>', 'serve HTTPS with it: PEM, with what leads to its authority')
      .option('--tls-key <file>', 'its key, PEM')
      .option('--log <format>', 'a line per request on stderr: none, text or json (text)')
      .addHelpText(
        'after',
        `\nThe registry lies in --root, else in the folder "registry" of LADING_HOME. The address it listens on is printed once it is bound.
SIGTERM lets running requests end; SIGHUP reads configuration and certificates again. Without a configuration that says who may do what,
whoever reaches the address can read, write and delete. docs/registry.md tells all of it.\n${examples(
          ['lading serve', 'on http://127.0.0.1:5000, for this machine only'],
          ['lading serve --listen 127.0.0.1:0 --root ./registry', 'a free port, everything in a folder of its own'],
          ['lading serve --config registry.yaml', 'users, policies and everything else'],
          ['lading serve --database postgres://db/registry --storage s3://bucket/registry', 'one of several replicas'],
          ['lading push app localhost:5000/app', 'in another terminal'],
        )}`,
      );
  },

  async run(context, _args, options) {
    const config = await configOf(options);
    const address = parseAddress(config.server.listen ?? '127.0.0.1:5000');
    const operations = config.operations.listen === undefined ? undefined : parseAddress(config.operations.listen);
    const log = createRequestLog(context, logFormat(textOption(options, 'log') ?? config.operations.log ?? 'text'));
    const parts = await openRegistryParts(registryPlace(options, config));
    try {
      const { openRegistryServer } = await import('@lading/registry-server');
      const server = await openRegistryServer({
        config,
        content: parts.content,
        catalog: parts.catalog,
        version,
        executeJob: jobThreads(options),
        openScanner: () => scanThreads(options),
        onRequest: log.write,
        warn: (message) => context.progress.warn(message),
      });
      try {
        const bound = await server.listen(address);
        if (operations !== undefined) await server.listenOperations(operations);
        const url = `http${config.server.tls === undefined ? '' : 's'}://${bound.host.includes(':') ? `[${bound.host}]` : bound.host}:${bound.port}`;
        if (!isLoopback(bound.host) && server.isOpen) {
          context.progress.warn(
            `${url} can be reached from other machines, and there is no authentication: whoever reaches it may read, write and delete`,
          );
        }
        const stopReloading = reloadOnHangup(context, options, server);
        await context.announce({ listening: url, folder: parts.place.folder }, `listening on ${url}`);
        await aborted(context.signal);
        stopReloading();
        server.drain();
        await delay(config.server.drainDelayMs);
      } finally {
        const whole = await server.close(config.server.drainMs);
        if (!whole) context.progress.warn('requests that went on for too long were broken off');
      }
    } finally {
      log.close();
      await parts.close();
    }
    // Being told to stop is how a server ends well.
    return { data: undefined };
  },
};

/** What the options say wins over the file. Throws USAGE. */
async function configOf(options: OptionValues): Promise<RegistryConfig> {
  const config = await registryConfig(options);
  const [certificate, key] = [textOption(options, 'tlsCertificate'), textOption(options, 'tlsKey')];
  if ((certificate === undefined) !== (key === undefined)) {
    throw new LadingError('USAGE', 'Cannot serve TLS: --tls-certificate and --tls-key go together');
  }
  const tls =
    certificate === undefined || key === undefined
      ? {}
      : { tls: { requireClientCertificate: false, ...config.server.tls, certificate, key } };
  const listen = textOption(options, 'listen') ?? config.server.listen;
  return { ...config, server: { ...config.server, ...tls, listen } };
}

/** On SIGHUP the configuration is read again. One that cannot be used changes nothing. */
function reloadOnHangup(context: Context, options: OptionValues, server: OpenedRegistryServer): () => void {
  let last = Promise.resolve();
  const reload = (): void => {
    last = last
      .then(async () => server.reload(await configOf(options)))
      .then(
        () => context.progress.log('configuration and certificates were read again'),
        (error) => context.progress.warn(`${messageOf(error)}; all stays as it was`),
      );
  };
  process.on('SIGHUP', reload);
  return () => void process.removeListener('SIGHUP', reload);
}

/** `127.0.0.1:5000`, `[::1]:5000`, `:5000` and `5000` on loopback. Throws USAGE. */
export function parseAddress(text: string): { host: string; port: number } {
  const [, host = '', portText = ''] = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(portText);
  if (portText === '' || port > 65_535) {
    throw new LadingError('USAGE', `Cannot listen on ${JSON.stringify(text)}: it is not a host and a port`, {
      hint: 'Write HOST:PORT, such as 127.0.0.1:5000, [::1]:5000, or 0.0.0.0:5000 for every interface.',
    });
  }
  return { host: host === '' ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''), port };
}

function logFormat(text: string): LogFormat {
  const format = logFormats.find((name) => name === text);
  if (format !== undefined) return format;
  throw new LadingError('USAGE', `Cannot log as ${JSON.stringify(text)}: there is no such format`, {
    hint: `Formats are ${logFormats.join(', ')}.`,
  });
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^(?:::ffff:)?127\./.test(host);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
