/** At most 4096 bytes may be sent in all: distribution-spec 1.1 §warnings. */
const maxLength = 1000;

/** The value of a `Warning` header, which a client may show to whoever pushes or pulls. */
export function warning(text: string): string {
  const plain = text.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?');
  return `299 - "${plain.length > maxLength ? `${plain.slice(0, maxLength)}...` : plain}"`;
}
