import { test } from 'vitest';
import { readFileSync } from 'node:fs';
import { startPod } from '/work/main/test/agent/pod-fixture.ts';
import { file, dir, remove } from '/work/main/test/agent/session-client.ts';
test('bench', async () => {
  const { session, agent } = await startPod();
  const t: number[] = []; const a: number[] = [];
  for (let i = 1; i < 400; i++) {
    const item = file('/app/hello.py', Buffer.alloc(4096, String(i)));
    const s = performance.now();
    const p = new Promise<void>((r) => session.socket.once('data', () => r()));
    const ackp = session.apply(i, [item]);
    await p; t.push(performance.now() - s);
    const ack = await ackp; a.push(ack.applyMs);
  }
  const med = (x: number[]) => x.sort((p, q) => p - q)[Math.floor(x.length / 2)];
  process.stdout.write(`4KiB rtt median ${med(t)} apply median ${med(a)} p95 ${a[Math.floor(a.length*.95)]}\n`);
  const mem = () => /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8'))?.[1];
  process.stdout.write(`rss ${mem()}\n`);
  const many = [] as ReturnType<typeof file>[];
  for (let i = 0; i < 20000; i++) many.push(file(`/app/d${i % 200}/f${i}.txt`, Buffer.alloc(1024, i % 251)));
  for (let k = 0; k < 5; k++) {
    const s = performance.now();
    const ack = await session.apply(1000 + k, many.slice(k * 4000, (k + 1) * 4000));
    process.stdout.write(`4000 files: ${performance.now() - s} receive ${ack.receiveMs} apply ${ack.applyMs}\n`);
  }
  process.stdout.write(`rss ${mem()}\n`);
  let s = performance.now();
  const l = await session.list();
  process.stdout.write(`list ${l.entries.length} ${performance.now() - s}\n`);
  s = performance.now(); await session.request({ type: 'verify' });
  process.stdout.write(`verify ${performance.now() - s}\n`);
  s = performance.now(); const big = await session.apply(2000, [file('/app/big', Buffer.alloc(64 << 20, 7))]);
  process.stdout.write(`64MiB ${performance.now() - s} ${JSON.stringify([big.receiveMs, big.applyMs])}\n`);
  s = performance.now(); await session.apply(2001, many.map((m) => remove(m.entry.path)));
  process.stdout.write(`delete 20000: ${performance.now() - s}\n`);
  process.stdout.write(`rss ${mem()}\n`);
}, 60000);
