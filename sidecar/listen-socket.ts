import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';

/**
 * Listens on a unix socket. The folder may be entered and the socket used by every user of the pod: its containers
 * are one trust domain and run as different ones.
 */
export async function listenSocket(file: string, onConnection: (socket: Socket) => void): Promise<Server> {
  mkdirSync(path.dirname(file), { recursive: true });
  // What a killed agent left; two agents at once cannot be, a pod has one.
  rmSync(file, { force: true });
  const server = createServer({ allowHalfOpen: true }, onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path: file, readableAll: true, writableAll: true }, resolve);
  });
  return server;
}
