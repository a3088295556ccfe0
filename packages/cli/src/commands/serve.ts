import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import type { AccessEntry } from '@lading/registry-server';
import { type CommandModule, examples, textOption } from '../command.ts';
import type { Context } from '../context.ts';
import { homeFolder } from '../home.ts';
import { formatDuration } from '../progress.ts';

const logFormats = ['none', 'text', 'json'] as const;
type LogFormat = (typeof logFormats)[number];

export const command: CommandModule = {
  configure(command) {
    command
      .option('--listen <address>', 'host and port; port 0 takes a free one', '127.0.0.1:5000')
      .option('--log <format>', 'a line per request on stderr: none, text or json', 'text')
      .addHelpText(
        'after',
        `\nThe registry lies in --root, else in the folder "registry" of LADING_HOME. The address it listens on is printed once it is bound.\nThere are no users yet: whoever reaches the address can read, write and delete.\n${examples(
          ['lading serve', 'on http://127.0.0.1:5000, for this machine only'],
          ['lading serve --listen 127.0.0.1:0 --root ./registry', 'a free port, everything in a folder of its own'],
          ['lading push app localhost:5000/app', 'in another terminal'],
        )}`,
      );
  },

  async run(context, _args, options) {
    const address = parseAddress(textOption(options, 'listen') ?? '');
    const format = logFormat(textOption(options, 'log') ?? '');
    const folder = textOption(options, 'root') ?? join(homeFolder(), 'registry');
    const [{ openDirectoryJournal, openDirectoryStore }, { openCatalog }, { createRegistryServer }] = await Promise.all(
      [import('@lading/store'), import('@lading/catalog'), import('@lading/registry-server')],
    );
    const content = await openDirectoryStore(join(folder, 'content'));
    const journal = await openDirectoryJournal(join(folder, 'journal'));
    const catalog = await openCatalog({ path: join(folder, 'catalog.sqlite'), journal, content });
    try {
      const server = createRegistryServer({
        content,
        catalog,
        onRequest: (entry) => logRequest(context, format, entry),
      });
      const bound = await server.listen(address);
      const url = `http://${bound.host.includes(':') ? `[${bound.host}]` : bound.host}:${bound.port}`;
      try {
        if (!isLoopback(bound.host)) {
          context.progress.warn(`${url} can be reached from other machines, and there is no authentication yet`);
        }
        await context.announce({ listening: url, folder }, `listening on ${url}`);
        await aborted(context.signal);
      } finally {
        await server.close();
      }
    } finally {
      await catalog.close();
      await journal.close();
    }
    // Being told to stop is how a server ends well.
    return { data: undefined };
  },
};

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

function logRequest(context: Context, format: LogFormat, entry: AccessEntry): void {
  if (format === 'none') return;
  const time = new Date().toISOString();
  if (format === 'json') {
    process.stderr.write(`${JSON.stringify({ time, ...entry })}\n`);
    return;
  }
  const { method, path, status, durationMs, client, error } = entry;
  const line = `${time} ${client} ${method} ${path} ${status} ${formatDuration(durationMs)}`;
  context.progress.log(error === undefined ? line : `${line} ${error}`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
