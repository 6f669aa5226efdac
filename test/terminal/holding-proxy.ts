import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A TCP relay in front of an API server that stops moving bytes at a word, as a network does that has gone away. */
export interface HoldingProxy {
  readonly port: number;
  /** From now on no byte moves in any direction. */
  hold(): void;
  /** Resolves when that many more bytes have gone to the server; from then on none moves in any direction. */
  holdAfter(bytes: number): Promise<void>;
  /** What was held goes on. */
  release(): void;
  close(): Promise<void>;
}

export async function startHoldingProxy(target: URL): Promise<HoldingProxy> {
  const open = new Set<Socket>();
  let goOn: (() => void)[] | undefined;
  let left = Number.POSITIVE_INFINITY;
  let onHeld: () => void = () => undefined;
  const hold = (): void => {
    goOn ??= [];
  };
  const relay = (counts: boolean): Transform =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const pass = (): void => done(null, chunk);
        if (counts) left -= chunk.length;
        if (left <= 0 && goOn === undefined) {
          hold();
          onHeld();
        }
        if (goOn) goOn.push(pass);
        else pass();
      },
    });
  const server = createServer((near) => {
    const far = connect({ host: target.hostname, port: Number(target.port) });
    for (const [from, to, counts] of [
      [near, far, true],
      [far, near, false],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(relay(counts)).pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const release = (): void => {
    left = Number.POSITIVE_INFINITY;
    for (const pass of goOn ?? []) pass();
    goOn = undefined;
  };
  return {
    hold,
    port: (server.address() as AddressInfo).port,
    holdAfter: (bytes) =>
      new Promise((resolve) => {
        onHeld = resolve;
        left = bytes;
      }),
    release,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        release();
        for (const socket of open) socket.destroy();
      }),
  };
}
