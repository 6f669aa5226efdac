import { randomBytes } from 'node:crypto';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import type { Clock } from '../core/clock.ts';
import type { BatchItem } from '../core/ports/endpoint.ts';
import { encodeMessage, type Frame } from '../wire/frame.ts';
import { FrameDecoder } from '../wire/frame-decoder.ts';
import { type AgentMessage, chunkBytes, windowBytes } from '../wire/messages.ts';
import { AgentEndpoint } from './agent-endpoint.ts';

const digest = 'ab'.repeat(32);
const incarnation = { nonce: 'n', pid: 1, startTime: '1' };
const welcome = { term: 1, seq: 0, gate: 'open', app: { state: 'running' }, digest, stale: false } as const;

/** Time that passes when the test says so. */
class TestClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }
}

/** An endpoint and the agent's side of its channel. */
function pair() {
  const decoder = new FrameDecoder();
  const frames: Frame[] = [];
  const writes: number[] = [];
  const channel = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      writes.push(chunk.length);
      frames.push(...decoder.push(chunk));
      done();
    },
  });
  const clock = new TestClock();
  const endpoint = new AgentEndpoint({
    welcome,
    channel,
    decoder: new FrameDecoder(),
    forward: () => Promise.reject(new Error('no forwards here')),
    end: () => channel.destroy(),
    clock,
  });
  const say = (message: AgentMessage): void => {
    channel.push(encodeMessage(message));
  };
  const dataBytes = (): number =>
    frames.reduce((sum, frame) => sum + (frame.type === 'data' ? frame.bytes.length : 0), 0);
  return { endpoint, channel, clock, say, frames, writes, dataBytes };
}

const ack = (seq: number): AgentMessage => ({
  type: 'ack',
  term: 1,
  seq,
  incarnation,
  digest,
  revision: 7,
  receiveMs: 0,
  applyMs: 1,
  problems: [],
});

function fileOf(content: Buffer): BatchItem {
  const entry = { type: 'file', size: content.length, exec: false, digest } as const;
  return { op: 'file', path: '/app/a', mode: 0o644, content, entry };
}

test('a small batch is one write: header, content and COMMIT', async () => {
  const { endpoint, say, writes, frames } = pair();
  const applied = endpoint.apply({ seq: 1, items: [fileOf(Buffer.from('small'))] });
  await eventually(() => expect(frames.length).toBe(3));
  expect(writes.length).toBe(1);
  say(ack(1));
  expect(await applied).toMatchObject({ seq: 1, bytes: 5, applyMs: 1 });
});

test('an agent that owes an answer and says nothing is given up, and what waits is rejected', async () => {
  const { endpoint, clock, frames } = pair();
  const applied = endpoint.apply({ seq: 1, items: [] });
  const listed = endpoint.list();
  await eventually(() => expect(frames.length).toBe(3));
  clock.pass(20_000);
  await expect(applied).rejects.toMatchObject({ code: 'link-lost' });
  await expect(listed).rejects.toMatchObject({ code: 'link-lost' });
  expect(await endpoint.closed).toMatchObject({ code: 'link-lost' });
  await expect(endpoint.verify()).rejects.toMatchObject({ code: 'link-lost' });
});

test('signs of life keep a slow answer awaited, however long it takes', async () => {
  const { endpoint, clock, say, frames } = pair();
  const restarted = endpoint.restart({ graceMs: 60_000 });
  for (let second = 0; second < 60; second++) {
    say({ type: 'credit', bytes: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    clock.pass(1_000);
  }
  const asked = frames.flatMap((frame) =>
    frame.type === 'message' ? [frame.json as { type: string; id: number }] : [],
  );
  const id = asked.find((message) => message.type === 'restart')?.id ?? 0;
  say({ type: 'result', id, ok: true, oldPid: 1, newPid: 2, killed: 0, ms: 59_000 });
  expect(await restarted).toMatchObject({ oldPid: 1, newPid: 2 });
});

test('A07: after an hour without a save the next one leaves at once, and an agent that hangs by then is noticed', async () => {
  const { endpoint, clock, say, frames } = pair();
  let closed = false;
  void endpoint.closed.then(() => {
    closed = true;
  });
  for (let hour = 1; hour <= 3; hour++) {
    clock.pass(3_600_000);
    const applied = endpoint.apply({ seq: hour, items: [] });
    await eventually(() => expect(frames.length).toBe(2 * hour));
    say(ack(hour));
    expect(await applied).toMatchObject({ seq: hour });
    expect(closed).toBe(false);
  }
  clock.pass(3_600_000);
  const unheard = endpoint.apply({ seq: 4, items: [] });
  const lost = expect(unheard).rejects.toMatchObject({ code: 'link-lost' });
  await eventually(() => expect(frames.length).toBe(8));
  clock.pass(10_000);
  await lost;
});

test('content waits for credit, and a link that proves fast is given more at once', async () => {
  const { endpoint, clock, say, dataBytes } = pair();
  const size = windowBytes + 3 * chunkBytes;
  const applied = endpoint.apply({ seq: 1, items: [fileOf(Buffer.alloc(size, 'x'))] });
  await eventually(() => expect(dataBytes()).toBe(chunkBytes));
  clock.pass(1);
  say({ type: 'credit', bytes: chunkBytes });
  await eventually(() => expect(dataBytes()).toBe(chunkBytes + windowBytes));
  say({ type: 'credit', bytes: windowBytes });
  await eventually(() => expect(dataBytes()).toBe(size));
  say(ack(1));
  expect(await applied).toMatchObject({ bytes: size });
});

test('a slow link gets its content compressed, and what does not get smaller as it is', async () => {
  const { endpoint, clock, say, frames } = pair();
  const text = Buffer.alloc(4 * chunkBytes, 'the same again and again ');
  const applied = endpoint.apply({ seq: 1, items: [fileOf(text)] });
  const wire = (): number =>
    frames.reduce((sum, frame) => sum + (frame.type === 'data' ? frame.wireBytes : 0), 0);
  await eventually(() => expect(wire()).toBe(chunkBytes));
  clock.pass(1_000);
  say({ type: 'credit', bytes: chunkBytes });
  // The second run was read before anybody knew how slow the link is.
  await eventually(() => expect(wire()).toBe(2 * chunkBytes));
  clock.pass(1_000);
  say({ type: 'credit', bytes: chunkBytes });
  await eventually(() => expect(frames.filter(({ type }) => type === 'data').length).toBe(4));
  expect(wire()).toBeLessThan(2 * chunkBytes + 20_000);
  say(ack(1));
  await applied;
  const noise = endpoint.apply({ seq: 2, items: [fileOf(randomBytes(100_000))] });
  const before = wire();
  await eventually(() => expect(wire()).toBe(before + 100_000));
  say(ack(2));
  await noise;
});

test('A36: an app that prints all day does not hide that what was sent does not get on', async () => {
  const { endpoint, clock, say, frames } = pair();
  const applied = endpoint.apply({ seq: 1, items: [fileOf(Buffer.from('stuck'))] });
  await eventually(() => expect(frames.length).toBe(3));
  const lost = expect(applied).rejects.toMatchObject({ code: 'link-lost' });
  for (let second = 0; second < 8; second++) {
    say({ type: 'app', app: { state: 'running' }, gate: 'open', stale: false });
    await new Promise((resolve) => setImmediate(resolve));
    clock.pass(1_000);
  }
  await lost;
});

test('what is no message of the protocol ends the connection with a code of its own', async () => {
  const { endpoint, channel } = pair();
  const applied = endpoint.apply({ seq: 1, items: [] });
  channel.push(Buffer.from('SSH-2.0-surprise'));
  await expect(applied).rejects.toMatchObject({ code: 'agent-protocol' });
  expect(await endpoint.closed).toMatchObject({ code: 'agent-protocol' });
});

test('events reach every listener until it stops listening', async () => {
  const { endpoint, say } = pair();
  const heard: string[] = [];
  const stop = endpoint.listen((event) => heard.push(`one ${event.type}`));
  endpoint.listen((event) => heard.push(`two ${event.type}`));
  say({ type: 'gone' });
  await eventually(() => expect(heard).toEqual(['one gone', 'two gone']));
  stop();
  say({ type: 'app', app: { state: 'held' }, gate: 'open', stale: false });
  await eventually(() => expect(heard).toEqual(['one gone', 'two gone', 'two app']));
});
