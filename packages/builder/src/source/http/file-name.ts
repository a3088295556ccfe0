/** The name in a `Content-Disposition` (RFC 6266 §4.3), without any path; undefined when it gives none that can be used. */
export function dispositionName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*utf-8''([^;\s]+)/i.exec(header)?.[1];
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(header);
  const name = decoded(extended) ?? plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2];
  return name === undefined ? undefined : usable(name.slice(name.lastIndexOf('/') + 1));
}

/** The last part of an address's path; undefined when it ends with a slash or has none. */
export function addressName(url: string): string | undefined {
  const path = URL.parse(url)?.pathname ?? '';
  return usable(decoded(path.slice(path.lastIndexOf('/') + 1)) ?? '');
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}

function usable(name: string): string | undefined {
  return name === '' || name === '.' || name === '..' || /[/\0]/.test(name) ? undefined : name;
}
