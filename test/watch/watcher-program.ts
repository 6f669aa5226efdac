// A watcher in a process of its own: options as JSON in argv, events as JSON lines on stdout, a question on stdin.
import { createInterface } from 'node:readline';
import type { RelPath } from '../../src/core/change.ts';
import { createWatcher, type WatcherOptions } from '../../src/watch/create-watcher.ts';

const watcher = createWatcher(JSON.parse(process.argv[2] ?? '{}') as WatcherOptions);
const say = (message: unknown) => process.stdout.write(`${JSON.stringify(message)}\n`);

watcher.listen((event) => say({ event }));
await watcher.start();
say({ started: process.pid });
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'entries') say({ entries: [...watcher.entries('.' as RelPath)] });
  if (line === 'stop') break;
}
await watcher.stop();
