// The real screen over a session that a test plays: a program of its own, run by Node in a pseudo-terminal.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { systemClock } from '../../src/core/clock.ts';
import { KdevError } from '../../src/core/error.ts';
import type { HeldDeletions, ServiceStatus } from '../../src/core/service-status.ts';
import { logLineOf } from '../../src/tui/logs/log-entry.ts';
import { LogStore } from '../../src/tui/logs/log-store.ts';
import { Logs } from '../../src/tui/logs/logs.ts';
import type { TimedEvent } from '../../src/tui/model/model.ts';
import { Tui } from '../../src/tui/tui.tsx';
import type { SceneCall, SceneOrder } from './scene-messages.ts';

const socket = connect(process.env['SCENE_SOCKET'] ?? '');
const tell = (call: SceneCall): void => void socket.write(`${JSON.stringify(call)}\n`);
const sinks = new Set<(event: TimedEvent) => void>();
const logs = new Logs(new LogStore());
sinks.add((event) => {
  if (event.event === 'log') logs.store.add(logLineOf(event));
});
let status: readonly ServiceStatus[] = [];
let held: readonly HeldDeletions[] = [];
let paused = false;
let answers: (() => void)[] = [];

function later(call: SceneCall, signal: AbortSignal): Promise<void> {
  tell(call);
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    answers.push(call.service === 'broken' ? () => reject(broken) : resolve);
  });
}

const broken = new KdevError({
  code: 'replica-none',
  fault: 'environment',
  what: 'Service broken has no replica.',
  cure: 'Bring it up.',
});

function setPaused(to: boolean): void {
  paused = to;
  tell({ called: to ? 'pause' : 'resume' });
  for (const sink of sinks) sink({ event: 'paused', paused: to, time: new Date().toISOString() });
}

createInterface({ input: socket }).on('line', (line) => {
  const order = JSON.parse(line) as SceneOrder;
  if (order.project) start(order.project);
  if (order.status) status = order.status;
  if (order.held) held = order.held;
  for (const event of order.events ?? []) {
    const timed = { time: new Date().toISOString(), ...event };
    for (const sink of sinks) sink(timed);
  }
  if (order.answer) for (const answer of answers.splice(0)) answer();
});

function start(project: NonNullable<SceneOrder['project']>): void {
  const tui = new Tui({
    ...{ project, clock: systemClock, process, env: process.env },
    ...{ stdin: process.stdin, stdout: process.stdout },
    logs,
    controls: {
      status: () => status,
      restart: (service, signal) => later({ called: 'restart', service }, signal),
      rebuild: (service, signal) => later({ called: 'rebuild', service }, signal),
      get paused() {
        return paused;
      },
      pause: () => setPaused(true),
      resume: () => setPaused(false),
      settle: () => Promise.resolve(status),
      get held() {
        return held;
      },
      release: (service, signal) => later({ called: 'release', service }, signal),
      keep: (service) => tell({ called: 'keep', service }),
    },
    actions: {
      test: (service, signal) => later({ called: 'test', service }, signal),
      shell: (service) => {
        tell({ called: 'shell', service });
        return new Promise((resolve) => {
          spawn('sh', { stdio: 'inherit' }).once('exit', (code) => resolve(code ?? 1));
        });
      },
      openUrl: (url) => {
        tell({ called: 'open', url });
        return Promise.resolve(false);
      },
    },
    listen: (sink) => {
      sinks.add(sink);
      return () => sinks.delete(sink);
    },
    interrupt: () => void process.emit('SIGINT', 'SIGINT'),
  });
  const end = (code: number): void => {
    tui.close();
    process.stdout.write(`${tui.summary()}\n`);
    answers = [];
    socket.destroy();
    process.exitCode = code;
  };
  process.on('SIGINT', () => end(130));
  process.on('SIGTERM', () => end(143));
  process.on('SIGHUP', () => end(129));
  tui.quit.then(
    (how) => end(how === 'leave' ? 0 : 10),
    (error: unknown) => {
      end(70);
      throw error;
    },
  );
  tui.open();
}
