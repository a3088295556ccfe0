// What the recorder wrote down, as operations on files and folders that have numbers instead of inodes: the system gives an inode's number
// to another file once the first is gone.

export type Operation =
  | { readonly kind: 'create' | 'folder'; readonly path: string; readonly node: number }
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly node: number;
      readonly offset: number;
      readonly data: Buffer;
    }
  | { readonly kind: 'resize'; readonly path: string; readonly node: number; readonly size: number }
  | { readonly kind: 'sync'; readonly path: string; readonly node: number }
  | { readonly kind: 'rename' | 'link'; readonly path: string; readonly to: string }
  | { readonly kind: 'unlink' | 'rmdir'; readonly path: string }
  /** A word of the program to the harness. */
  | { readonly kind: 'mark'; readonly text: string };

/** The number of the folder that everything is in. */
export const rootNode = 0;

/** The order of recorder.c. */
const kinds = [
  '',
  'create',
  'folder',
  'write',
  'resize',
  'sync',
  'rename',
  'link',
  'unlink',
  'rmdir',
  'mark',
  'mapped',
  'unsupported',
] as const;
const headerBytes = 28;

/** Reads a log of the recorder. Data are views of `log`. Throws for what the model does not know. */
export function parseTrace(log: Buffer): readonly Operation[] {
  const operations: Operation[] = [];
  const nodes = new Map<bigint, number>();
  let created = rootNode;
  for (let at = 0; at < log.length; ) {
    const end = at + log.readUInt32LE(at);
    const kind = kinds[log[at + 4]!];
    const inode = log.readBigUInt64LE(at + 12);
    const number = Number(log.readBigUInt64LE(at + 20));
    const pathEnd = at + headerBytes + log.readUInt16LE(at + 6);
    const toEnd = pathEnd + log.readUInt16LE(at + 8);
    const path = log.toString('utf8', at + headerBytes, pathEnd);
    const to = log.toString('utf8', pathEnd, toEnd);
    const data = log.subarray(toEnd, end);
    at = end;
    const known = (): number => {
      const node = path === '' ? rootNode : nodes.get(inode);
      if (node === undefined) throw new Error(`the recorder missed the making of ${path}`);
      return node;
    };
    switch (kind) {
      case 'create':
      case 'folder':
        nodes.set(inode, ++created);
        operations.push({ kind, path, node: created });
        break;
      case 'write':
        operations.push({ kind, path, node: known(), offset: number, data });
        break;
      case 'resize':
        operations.push({ kind, path, node: known(), size: number });
        break;
      case 'sync':
        operations.push({ kind, path, node: known() });
        break;
      case 'rename':
      case 'link':
        operations.push({ kind, path, to });
        break;
      case 'unlink':
      case 'rmdir':
        operations.push({ kind, path });
        break;
      case 'mark':
        for (const text of data.toString('utf8').split('\n')) if (text !== '') operations.push({ kind, text });
        break;
      case 'mapped':
        // SQLite's index of its log is rebuilt by whoever opens the database first, so what is in it does not matter.
        if (!path.endsWith('-shm')) throw new Error(`${path} is changed through memory: its writes cannot be recorded`);
        break;
      default:
        throw new Error(`the recorder does not know ${to || 'an operation'} on ${path}`);
    }
  }
  return operations;
}
