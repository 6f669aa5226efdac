import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import type { BaseImage } from '../core/ports/builder.ts';
import type { Service } from '../core/service.ts';
import type { ImageRecord } from './image-record.ts';
import { watchBases } from './watch-bases.ts';

const minute = 60_000;
const service = {
  name: 'web',
  build: { dockerfile: 'Dockerfile', context: '.', args: {} },
} as unknown as Service;

let now: number;
let timers: { readonly at: number; readonly run: () => void }[];
let digest: string | Error;
let asked: number;
let changes: string[];
let stop: AbortController;

beforeEach(() => {
  now = 0;
  timers = [];
  digest = 'sha256:1';
  asked = 0;
  changes = [];
  stop = new AbortController();
});

const clock: Clock = {
  now: () => now,
  monotonic: () => now,
  after: (ms, run) => {
    const timer = { at: now + ms, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((each) => each !== timer);
    };
  },
};

/** Answers as a builder does that remembers for as long as it is asked to. */
let remembered: BaseImage | undefined;
async function bases({ maxAgeMs = 0 }: { readonly maxAgeMs?: number }): Promise<readonly BaseImage[]> {
  if (remembered && now - remembered.askedAt <= maxAgeMs) return [remembered];
  asked += 1;
  if (digest instanceof Error) throw digest;
  remembered = { name: 'python', digest, askedAt: now };
  return [remembered];
}

function watch(image: Partial<ImageRecord> | undefined = { bases: { python: 'sha256:1' } }): void {
  remembered = undefined;
  watchBases({
    ...{ builder: { bases }, projectRoot: '/', services: [service], clock, signal: stop.signal },
    imageOf: () => image as ImageRecord | undefined,
    onChanged: (name, reason) => changes.push(`${name}: ${reason}`),
    reporter: { step: () => undefined, detail: () => undefined },
  });
}

async function pass(ms: number): Promise<void> {
  await new Promise(setImmediate);
  const end = now + ms;
  for (;;) {
    const [next] = timers.filter(({ at }) => at <= end);
    if (!next) break;
    now = next.at;
    timers = timers.filter((each) => each !== next);
    next.run();
    await new Promise(setImmediate);
  }
  now = end;
}

describe('the base images of what runs', () => {
  it('B3: are asked for every ten minutes, and one that changed asks for a rebuild', async () => {
    watch();
    await pass(35 * minute);
    expect(asked).toBe(4);
    expect(changes).toEqual([]);
    digest = 'sha256:2';
    await pass(10 * minute);
    expect(changes).toEqual(['web: the base image python has changed']);
  });

  it('that nobody knew when the image was built are no reason', async () => {
    watch({});
    digest = 'sha256:2';
    await pass(35 * minute);
    expect(changes).toEqual([]);
  });

  it('are asked for again after their registry was away', async () => {
    watch();
    await pass(5 * minute);
    digest = new Error('away');
    await pass(20 * minute);
    digest = 'sha256:2';
    await pass(10 * minute);
    expect(changes).toEqual(['web: the base image python has changed']);
  });

  it('are left alone when the session has ended', async () => {
    watch();
    await pass(minute);
    stop.abort();
    await pass(60 * minute);
    expect(asked).toBe(1);
    expect(timers).toEqual([]);
  });
});
