import type { InstructionNode } from './node.ts';

// Writes nodes as the S-expressions that reference parse results are kept in. For tests only.

export function formatTree(nodes: readonly InstructionNode[]): string {
  return nodes.map((node) => `(${format(node)})`).join('\n');
}

function format(node: InstructionNode): string {
  const parts = [node.keyword.text.toLowerCase()];
  if (node.flags.length > 0) parts.push(`[${node.flags.map((flag) => quote(flag.text)).join(' ')}]`);
  if (node.trigger !== undefined) parts.push(`(${format(node.trigger)})`);
  else parts.push(...node.words.map((word) => quote(word.text)));
  return parts.join(' ');
}

const escapes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be escaped
  const escaped = text.replace(/["\\\u0000-\u001f\u007f]/g, (char) => {
    return escapes[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}
