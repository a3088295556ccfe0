import { closeSync, openSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { SocketMount } from '../mount.ts';

/** Listens in the run folder under a name, for a mount; gives what ends it, with every connection. */
export async function listenForMount(folder: string, name: string, { connect }: SocketMount): Promise<() => void> {
  const connections = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    const other = connect();
    const end = () => {
      connections.delete(socket);
      socket.destroy();
      other.destroy();
    };
    socket.on('error', end).on('close', end);
    other.on('error', end).on('close', end);
    socket.pipe(other).pipe(socket);
  });
  // The address of a socket has room for 107 bytes, and run folders may lie deep. Open to the end: closing removes the same name.
  const descriptor = openSync(folder, 'r');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`/proc/self/fd/${descriptor}/${name}`, resolve);
  });
  return () => {
    server.close();
    for (const socket of connections) socket.destroy();
    closeSync(descriptor);
  };
}
