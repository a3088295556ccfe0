import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A port of the loopback interface that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** The body of the first good answer; asks again for ten seconds while nothing listens yet. */
export async function askUntilAnswered(url: string): Promise<string> {
  let last: unknown;
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
      if (answer.ok) return await answer.text();
      last = new Error(`it answers with status ${answer.status}`);
    } catch (error) {
      last = error;
    }
    await delay(100);
  }
  throw new Error(`${url} gave no good answer in time`, { cause: last });
}
