/** What a hostile or damaged archive says of one entry; unlike `writeTar()`, anything goes. */
export interface CraftedEntry {
  readonly name: string | Buffer;
  /** The type flag; `0`, a file, unless told. */
  readonly type?: string;
  readonly link?: string;
  readonly content?: string | Buffer;
  /** As the header states it; that of the content unless told. */
  readonly size?: number;
  readonly device?: readonly [major: number, minor: number];
}

/** A tar of ustar headers, exactly as told, with the two blocks at its end. */
export function craftTar(entries: readonly CraftedEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(craftEntry), Buffer.alloc(1024)]);
}

function craftEntry({ name, type = '0', link = '', content = '', size, device }: CraftedEntry): Buffer[] {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): void => {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  Buffer.from(name).copy(header, 0, 0, 100);
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size ?? body.length, 124, 12);
  octal(1, 136, 12);
  header.write('        ', 148, 'latin1');
  header.write(type, 156, 'latin1');
  header.write(link, 157, 100, 'utf8');
  header.write('ustar\x0000', 257, 'latin1');
  if (device !== undefined) {
    octal(device[0], 329, 8);
    octal(device[1], 337, 8);
  }
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
}

/** PAX records (POSIX.1-2024 pax §Extended Header) as an entry of their own. */
export function paxEntry(records: Readonly<Record<string, string>>): CraftedEntry {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (String(length).length + rest !== length) length = String(length).length + rest;
    return `${length} ${key}=${value}\n`;
  });
  return { name: 'pax', type: 'x', content: lines.join('') };
}
