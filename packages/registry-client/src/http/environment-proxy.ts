type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for an origin: `http_proxy`, `https_proxy` and `no_proxy`, in either case, the lower one first.
 * `no_proxy` is a list of hosts, with their subdomains, each with an optional port; `*` is all of them.
 */
export function environmentProxy(origin: URL, environment: Environment = process.env): URL | undefined {
  const of = (name: string): string => environment[name] ?? environment[name.toUpperCase()] ?? '';
  const http = of('http_proxy');
  const text = origin.protocol === 'https:' ? of('https_proxy') || http : http;
  if (text === '' || isExcluded(origin, of('no_proxy'))) return undefined;
  const named = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(named)) return undefined;
  const proxy = new URL(named);
  return proxy.protocol === 'http:' || proxy.protocol === 'https:' ? proxy : undefined;
}

function isExcluded({ hostname, port, protocol }: URL, list: string): boolean {
  const at = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    const [, host = '', only] = /^(?:\*?\.)?(\[[^\]]*\]|[^:]+)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (host === '' || (only !== undefined && only !== at)) return false;
    return hostname === host || hostname.endsWith(`.${host}`);
  });
}
