import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { firstBytes, freshNamespace, running, testCluster, testPod, until } from './test-cluster.ts';

const cluster = await testCluster();
const namespace = await freshNamespace(cluster);

/** Sends back what it gets, on port 7000; waits with its first words on 7001. */
const echo = `
import socket, threading
def serve(port, greet):
    s = socket.create_server(('127.0.0.1', port))
    while True:
        c, _ = s.accept()
        threading.Thread(target=talk, args=(c, greet), daemon=True).start()
def talk(c, greet):
    if greet: c.sendall(b'hello')
    while True:
        d = c.recv(65536)
        if not d: break
        c.sendall(d)
    c.close()
threading.Thread(target=serve, args=(7001, True), daemon=True).start()
serve(7000, False)
`;
await cluster.create(testPod(namespace, 'echo', { command: ['python3', '-c', echo] }));
await running(cluster, namespace, 'echo');

interface Collected {
  readonly stream: Writable;
  text(): string;
}

function collect(): Collected {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

async function run(command: readonly string[], stdin?: Readable) {
  const stdout = collect();
  const stderr = collect();
  const { exitCode } = await cluster.exec({
    namespace,
    pod: 'echo',
    container: 'web',
    command,
    ...(stdin && { stdin }),
    stdout: stdout.stream,
    stderr: stderr.stream,
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

test('a command’s output and exit code come back, each stream by itself', async () => {
  expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 42'])).toEqual({
    exitCode: 42,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('arguments arrive as they are', async () => {
  const words = ['a b', '$HOME', '"', "'", 'é', '&x=1', ''];
  const { stdout } = await run(['python3', '-c', 'import sys; print(sys.argv[1:])', ...words]);
  expect(stdout).toBe(`['a b', '$HOME', '"', "'", 'é', '&x=1', '']\n`);
});

test('R9: the end of stdin reaches the command', async () => {
  const input = randomBytes(3_000_000);
  const { stdout } = await run(['sha256sum'], Readable.from([input]));
  expect(stdout).toContain(createHash('sha256').update(input).digest('hex'));
});

test('R9: a command that ends does not wait for more stdin', async () => {
  const stdin = new PassThrough();
  expect((await run(['true'], stdin)).exitCode).toBe(0);
  stdin.destroy();
});

test('much output arrives whole through a writer that is slow', async () => {
  const hash = createHash('sha256');
  let bytes = 0;
  const slow = new Writable({
    highWaterMark: 1024,
    write: (chunk: Buffer, _, done) => {
      hash.update(chunk);
      bytes += chunk.length;
      setImmediate(done);
    },
  });
  const script = 'import sys; [sys.stdout.buffer.write(bytes([i % 251]) * 10000) for i in range(1000)]';
  const { exitCode } = await cluster.exec({
    namespace,
    pod: 'echo',
    container: 'web',
    command: ['python3', '-c', script],
    stdout: slow,
    stderr: collect().stream,
  });
  slow.end();
  await once(slow, 'finish');
  const expected = createHash('sha256');
  for (let i = 0; i < 1000; i++) expected.update(Buffer.alloc(10_000, i % 251));
  expect([exitCode, bytes, hash.digest('hex')]).toEqual([0, 10_000_000, expected.digest('hex')]);
});

test('a terminal has the size that it was given', async () => {
  const stdout = collect();
  async function* sizes() {
    yield { columns: 123, rows: 45 };
  }
  await cluster.exec({
    namespace,
    pod: 'echo',
    container: 'web',
    command: ['sh', '-c', 'while [ "$(stty size)" != "45 123" ]; do sleep 0.05; done; stty size'],
    stdin: new PassThrough(),
    stdout: stdout.stream,
    stderr: collect().stream,
    tty: true,
    sizes: sizes(),
  });
  expect(stdout.text()).toBe('45 123\r\n');
});

test('a program that is not there is told in the runtime’s words', async () => {
  await expect(run(['no-such-program'])).rejects.toMatchObject({
    code: 'cluster-failed',
    what: '"no-such-program" could not be run in echo/web.',
    why: expect.stringContaining('executable file not found') as string,
  });
});

test('an abort ends the stream', async () => {
  const stop = new AbortController();
  const stdout = collect();
  const running = cluster.exec({
    namespace,
    pod: 'echo',
    container: 'web',
    command: ['sh', '-c', 'echo started; sleep 600'],
    stdout: stdout.stream,
    stderr: collect().stream,
    signal: stop.signal,
  });
  await until(() => stdout.text().includes('started') || undefined);
  stop.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
});

test('a forwarded port carries bytes both ways, whole and in order', async () => {
  const stream = await cluster.portForward({ namespace, pod: 'echo', port: 7000 });
  const input = randomBytes(8 * 1024 * 1024);
  const back = createHash('sha256');
  let bytes = 0;
  const done = new Promise<void>((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      back.update(chunk);
      bytes += chunk.length;
      if (bytes === input.length) resolve();
    });
  });
  stream.write(input);
  await done;
  expect(back.digest('hex')).toBe(createHash('sha256').update(input).digest('hex'));
  stream.destroy();
});

test('a server that speaks first is heard', async () => {
  const stream = await cluster.portForward({ namespace, pod: 'echo', port: 7001 });
  expect(String((await once(stream, 'data'))[0])).toBe('hello');
  stream.destroy();
});

test('a port where nothing listens is told', async () => {
  const stream = await cluster.portForward({ namespace, pod: 'echo', port: 7999 });
  const [error] = (await once(stream, 'error')) as [unknown];
  expect(error).toMatchObject({ code: 'cluster-failed', what: 'Nothing listens on port 7999 of pod echo.' });
});

test('a Pending pod’s port can be reached as soon as its sidecar listens', async () => {
  const command = ['python3', '-c', echo];
  const sidecar = { name: 'early', image: 'python:3.11-slim', command, restartPolicy: 'Always' };
  const waiter = { name: 'wait', image: 'python:3.11-slim', command: ['sleep', '600'] };
  await cluster.create(
    testPod(namespace, 'pending', { command: ['true'] }, { initContainers: [sidecar, waiter] }),
  );
  const greeting = await until(async () => {
    const stream = await cluster
      .portForward({ namespace, pod: 'pending', port: 7001 })
      .catch(() => undefined);
    return stream && firstBytes(stream);
  });
  expect(greeting).toBe('hello');
  const pod = await cluster.get({ apiVersion: 'v1', kind: 'Pod', name: 'pending', namespace });
  expect(pod?.['status']).toMatchObject({ phase: 'Pending' });
});

test('a log that is not followed ends with what is there', async () => {
  await cluster.create(
    testPod(namespace, 'talker', {
      command: ['sh', '-c', 'for i in 1 2 3 4; do echo line $i; done; sleep 600'],
    }),
  );
  const read = async (tail?: number) => {
    const lines: string[] = [];
    const options = { namespace, pod: 'talker', container: 'web', follow: false, ...(tail && { tail }) };
    for await (const batch of cluster.logs(options)) lines.push(...batch.map(({ line }) => line));
    return lines;
  };
  await running(cluster, namespace, 'talker');
  await until(async () => (await read()).length === 4 || undefined);
  expect(await read(2)).toEqual(['line 3', 'line 4']);
});

test('a followed log goes through container restarts, each line once, and ends with the signal', async () => {
  const script =
    'n=$(cat /keep/n 2>/dev/null || echo 0); n=$((n+1)); echo $n > /keep/n; echo life $n; sleep 0.3; echo end $n; [ $n -lt 2 ] || sleep 600';
  const container = { command: ['sh', '-c', script], volumeMounts: [{ name: 'keep', mountPath: '/keep' }] };
  const pod = testPod(namespace, 'mortal', container, { volumes: [{ name: 'keep', emptyDir: {} }] });
  await cluster.create(pod);
  const stop = new AbortController();
  const lines: string[] = [];
  const options = { namespace, pod: 'mortal', container: 'web', follow: true, signal: stop.signal };
  for await (const batch of cluster.logs(options)) {
    for (const { line, time } of batch) {
      expect(Date.parse(time)).toBeGreaterThan(0);
      lines.push(line);
    }
    if (lines.includes('end 2')) stop.abort();
  }
  expect(lines).toEqual(['life 1', 'end 1', 'life 2', 'end 2']);
});

test('a line of a megabyte comes whole, and a last one without an end once its container has ended', async () => {
  const script =
    'import sys, time; print("x" * 1_000_000); print("after"); sys.stdout.write("no end"); sys.stdout.flush(); time.sleep(0.5)';
  const command = ['sh', '-c', `[ -e /keep/done ] && sleep 600; touch /keep/done; python3 -c '${script}'`];
  const container = { command, volumeMounts: [{ name: 'keep', mountPath: '/keep' }] };
  await cluster.create(testPod(namespace, 'long', container, { volumes: [{ name: 'keep', emptyDir: {} }] }));
  const stop = new AbortController();
  const lines: string[] = [];
  const options = { namespace, pod: 'long', container: 'web', follow: true, signal: stop.signal };
  for await (const batch of cluster.logs(options)) {
    lines.push(...batch.map(({ line }) => line));
    if (lines.includes('no end')) stop.abort();
  }
  expect(lines.map((line) => (line.length > 100 ? line.length : line))).toEqual([
    1_000_000,
    'after',
    'no end',
  ]);
});

test('the log of a pod that took over a name is not taken for the former one’s', async () => {
  const talk = (words: string) =>
    testPod(namespace, 'heir', { command: ['sh', '-c', `echo ${words}; sleep 600`] });
  const { metadata } = await cluster.create(talk('former'));
  const lines: string[] = [];
  const options = { namespace, pod: 'heir', uid: String(metadata['uid']), container: 'web', follow: true };
  for await (const batch of cluster.logs(options)) {
    lines.push(...batch.map(({ line }) => line));
    await cluster.delete(
      { apiVersion: 'v1', kind: 'Pod', name: 'heir', namespace },
      { gracePeriodSeconds: 0 },
    );
    await cluster.create(talk('latter')).catch(() => undefined);
  }
  expect(lines).toEqual(['former']);
});

test('a followed log ends with its pod', async () => {
  await cluster.create(testPod(namespace, 'short', { command: ['sh', '-c', 'echo bye; sleep 600'] }));
  const lines: string[] = [];
  for await (const batch of cluster.logs({ namespace, pod: 'short', container: 'web', follow: true })) {
    lines.push(...batch.map(({ line }) => line));
    await cluster.delete(
      { apiVersion: 'v1', kind: 'Pod', name: 'short', namespace },
      { gracePeriodSeconds: 0 },
    );
  }
  expect(lines).toEqual(['bye']);
});

test('the log of a pod or container that is not there is an error', async () => {
  const read = async (pod: string, container: string) => {
    for await (const _ of cluster.logs({ namespace, pod, container, follow: true })) return;
  };
  await expect(read('nobody', 'web')).rejects.toMatchObject({ code: 'cluster-rejected' });
  await expect(read('echo', 'nothing')).rejects.toMatchObject({
    code: 'cluster-rejected',
    why: expect.stringContaining('nothing') as string,
  });
});
