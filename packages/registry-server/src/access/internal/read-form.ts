import type { IncomingMessage } from 'node:http';

/** The fields of a posted form, or of a JSON object of texts; undefined when it is more than 64 KiB or something else. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  const form = type.trim().toLowerCase() === 'application/x-www-form-urlencoded';
  if (!form && type.trim().toLowerCase() !== 'application/json') return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > 64 << 10) return undefined;
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return form ? new URLSearchParams(text) : fieldsOf(text);
}

function fieldsOf(text: string): URLSearchParams | undefined {
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    return new URLSearchParams(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return undefined;
  }
}
