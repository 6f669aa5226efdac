import { splitLines } from '../../artifacts/split-lines.ts';
import type { KdevEvent } from '../../core/event.ts';
import { endOfKdev, startKdev } from '../kdev-process.ts';
import { describeMs } from './report.ts';
import type { TourScene } from './tour-scene.ts';
import type { Verdicts } from './tour-step.ts';

type TestEvent = Extract<KdevEvent, { event: 'test' }>;

/**
 * Runs `kdev test` beside the running watch: every suite must come to its verdict, on exactly the files that the watch
 * says the replica has, and the exit code must say whether all passed.
 */
export async function expectTests(scene: TourScene, verdicts: Verdicts): Promise<void> {
  const { files, watch, flags, say } = scene;
  const lines: string[] = [];
  const child = startKdev({
    args: ['test', '--json', ...flags],
    cwd: files.root,
    output: (line) => lines.push(line),
  });
  if (child.stdout) splitLines(child.stdout.setEncoding('utf8'), (line) => lines.push(line));
  const stop = (): void => void child.kill('SIGINT');
  scene.signal.addEventListener('abort', stop, { once: true });
  const { code } = await endOfKdev(child).finally(() => scene.signal.removeEventListener('abort', stop));
  scene.signal.throwIfAborted();

  const tests = lines.flatMap(testIn).filter(({ state }) => state !== 'started');
  for (const { suite, state, replica, ms = 0 } of tests) {
    say(`   kdev test  ${suite} ${state} in ${replica} after ${describeMs(ms)} ms`);
  }
  const found = Object.fromEntries(tests.map(({ suite, state }) => [suite, state]));
  const wanted = Object.values(verdicts).every((verdict) => verdict === 'passed') ? 0 : 1;
  if (JSON.stringify(found) === JSON.stringify(verdicts) && code === wanted && tests.every(isOfNow)) {
    say(`   kdev test  ended with ${code}`);
    return;
  }
  const told = `${JSON.stringify(found)} and ${code}; wanted ${JSON.stringify(verdicts)} and ${wanted}`;
  throw new Error(watch.explain([`kdev test ended with ${told}`, ...lines.slice(-20)].join('\n  ')));

  /** It tested what the watch has brought there last, and nothing was saved meanwhile. */
  function isOfNow({ replica, digest, outdated }: TestEvent): boolean {
    const synced = watch.events.findLast((event) => event.event === 'synced');
    const last = synced?.replicas.find(({ pod }) => pod === replica);
    return outdated !== true && last?.digest === digest;
  }
}

function testIn(line: string): readonly TestEvent[] {
  try {
    const event = JSON.parse(line) as KdevEvent;
    return event.event === 'test' ? [event] : [];
  } catch {
    // A line of its stderr.
    return [];
  }
}
