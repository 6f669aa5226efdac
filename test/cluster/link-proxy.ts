import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP relay in front of an API server that does what networks do. */
export interface LinkProxy {
  readonly port: number;
  /** Resets every connection of this moment. */
  cut(): void;
  /** Resets everything, and whatever comes, until `mend`. */
  refuse(): void;
  /** Every byte vanishes without a word, on old connections and on new ones, until `mend`; the old ones stay dead. */
  swallow(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function startLinkProxy(target: URL): Promise<LinkProxy> {
  let state: 'passes' | 'refuses' | 'swallows' = 'passes';
  const open = new Set<Socket>();
  const dead = new WeakSet<Socket>();
  const server = createServer((near) => {
    if (state === 'refuses') {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: target.hostname, port: Number(target.port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      if (state === 'swallows') dead.add(from);
      from.setNoDelay(true);
      from.on('data', (chunk: Buffer) => {
        if (dead.has(from)) return;
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('end', () => {
        if (!dead.has(from)) to.end();
      });
      // A peer that gave up says so to nobody through a hole.
      from.on('error', () => {
        if (!dead.has(from)) to.destroy();
      });
      from.on('close', () => {
        open.delete(from);
        if (!dead.has(from)) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    refuse: () => {
      state = 'refuses';
      cut();
    },
    swallow: () => {
      state = 'swallows';
      for (const socket of open) dead.add(socket);
    },
    mend: () => {
      state = 'passes';
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
