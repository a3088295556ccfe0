import { closeSync, openSync, writeSync } from 'node:fs';
import type { Claim, Line, OpenUpload } from './promises.ts';

/** Puts what clients see between the records of what the server does to files, as recorder.c writes those. */
export interface MarkLog {
  /** Sends a request that makes the claims true where it is answered with success. Undefined when there was no answer. */
  promise(claims: readonly Claim[], send: () => Promise<Response | undefined>): Promise<Response | undefined>;
  /** Sends a request that shows how something is. */
  see(send: () => Promise<Response | undefined>, claimsOf: (response: Response) => readonly Claim[]): Promise<void>;
  session(): void;
  upload(upload: OpenUpload): void;
  uploaded(location: string): void;
  close(): void;
}

const headerBytes = 28;
const markKind = 10;

export function openMarkLog(path: string): MarkLog {
  const file = openSync(path, 'a');
  let ids = 0;
  const say = (line: Line): void => {
    const name = Buffer.from('.ledger');
    const text = Buffer.from(`${JSON.stringify(line)}\n`);
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32LE(headerBytes + name.length + text.length, 0);
    header.writeUInt8(markKind, 4);
    header.writeUInt16LE(name.length, 6);
    // One write, as the recorder does: they come one after the other.
    writeSync(file, Buffer.concat([header, name, text]));
  };
  return {
    async promise(claims, send) {
      const id = ids++;
      say({ line: 'start', id, claims });
      const response = await send();
      if (response !== undefined && response.status < 500) say({ line: response.ok ? 'done' : 'refused', id });
      return response;
    },
    async see(send, claimsOf) {
      const id = ids++;
      say({ line: 'start', id, claims: [] });
      const response = await send();
      if (response !== undefined) say({ line: 'seen', id, claims: claimsOf(response) });
    },
    session: () => say({ line: 'session' }),
    upload: (upload) => say({ line: 'upload', upload }),
    uploaded: (location) => say({ line: 'uploaded', location }),
    close: () => closeSync(file),
  };
}
