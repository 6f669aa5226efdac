import { beforeEach, describe, expect, it } from 'vitest';
import type { KdevEvent } from '../core/event.ts';
import type { BaseImage, BuildRequest, BuiltImage, ImageBuilder } from '../core/ports/builder.ts';
import type { Service } from '../core/service.ts';
import { digestRebuildInputs, type ImageRecord } from './image-record.ts';
import { type ProvideImageOptions, provideImage } from './provide-image.ts';

const service = {
  ...{ name: 'web', mappings: [], restart: [], rebuild: ['list.txt'] },
  build: { dockerfile: 'Dockerfile', context: '.', args: {} },
} as unknown as Service;
const watcher = { entries: () => [] };
const config = { entrypoint: [], command: [], user: '', workingDir: '/', env: [] };
const running: ImageRecord = {
  ...{ reference: 'r/web@sha256:old', inputs: 'old', config, bases: { python: 'sha256:1' } },
  rules: digestRebuildInputs(service, watcher),
};

let requests: BuildRequest[];
let events: KdevEvent[];
let bases: readonly BaseImage[] | Error;
let built: Partial<BuiltImage> | Error;
let lost: boolean;
let remembered: [string, readonly string[]][];
let underWay: unknown[];

beforeEach(() => {
  [requests, events, remembered, underWay] = [[], [], [], []];
  bases = [{ name: 'python', digest: 'sha256:1', askedAt: 0 }];
  built = {};
  lost = false;
});

const builder: ImageBuilder = {
  build: async (request) => {
    requests.push(request);
    if (built instanceof Error) throw built;
    const image = {
      reference: 'r/web@sha256:new',
      tag: 't',
      digest: 'sha256:new',
      inputs: 'new',
      config,
      ms: 5,
    };
    return { ...image, built: true, bases: { python: 'sha256:2' }, ...built };
  },
  bases: async () => {
    if (bases instanceof Error) throw bases;
    return bases;
  },
  has: async () => !lost,
};

function provide(special: Partial<ProvideImageOptions> = {}): Promise<ImageRecord | undefined> {
  return provideImage({
    ...{ service, running, projectRoot: '/', builder, watcher, localPaths: ['/srv/a'] },
    baseStore: {
      put: async (inputs, paths) => void remembered.push([inputs, [...paths]]),
      get: async () => new Set(),
    },
    seqNow: () => 41,
    onBuild: ({ name }, build) => underWay.push(build && { name, ...build }),
    bus: { emit: (event) => events.push(event) },
    reporter: { step: () => undefined, detail: () => undefined },
    signal: new AbortController().signal,
    ...special,
  });
}

const told = (): string[] =>
  events.flatMap((each) => (each.event === 'build' ? [`${each.state} #${each.seq}: ${each.reason}`] : []));

describe('the image of a service', () => {
  it('is the one that runs where nothing that counts has changed', async () => {
    expect(await provide()).toBe(running);
    expect([requests, events]).toEqual([[], []]);
  });

  it('is somebody else’s where there is no build', async () => {
    const { build: _build, ...foreign } = service;
    expect(await provide({ service: foreign })).toBeUndefined();
  });

  it.each<[title: string, special: () => Partial<ProvideImageOptions>, reason: string]>([
    ['there is none yet', () => ({ running: undefined }), 'there is no image yet'],
    [
      'what the rebuild rules name has changed',
      () => ({ running: { ...running, rules: 'other' } }),
      'what its rebuild rules name has changed',
    ],
    [
      'an edit says why',
      () => ({ running: { ...running, rules: 'other' }, reason: 'list.txt changed' }),
      'list.txt changed',
    ],
    ['somebody asked for it', () => ({ asked: true }), 'somebody asked for it'],
    ['somebody insists', () => ({ force: true }), 'somebody asked for it'],
    [
      'B3: a base image has changed',
      () => {
        bases = [{ name: 'python', digest: 'sha256:2', askedAt: 0 }];
        return {};
      },
      'the base image python has changed',
    ],
    [
      'the registry has lost it with its pod',
      () => {
        lost = true;
        return {};
      },
      'the registry has lost the image',
    ],
  ])('is built where %s, and which edit it contains is told', async (_, special, reason) => {
    const image = await provide(special());
    expect(image).toMatchObject({
      reference: 'r/web@sha256:new',
      inputs: 'new',
      bases: { python: 'sha256:2' },
    });
    expect(told()).toEqual([`started #41: ${reason}`, `done #41: ${reason}`]);
    expect(remembered).toEqual([['new', ['/srv/a']]]);
    expect(underWay).toEqual([{ name: 'web', seq: 41, reason }, undefined]);
  });

  it('B8: is told to be there where the registry has it', async () => {
    built = { built: false };
    await provide({ asked: true });
    expect(told()[1]).toMatch(/^cached/);
  });

  it.each<[title: string, present: readonly BaseImage[] | Error]>([
    ['is not known', [{ name: 'python', askedAt: 0 }]],
    ['was not known when it was built', [{ name: 'busybox', digest: 'sha256:3', askedAt: 0 }]],
    ['cannot be asked for', new Error('the registry is away')],
  ])('runs on where the digest of a base image %s', async (_, present) => {
    bases = present;
    expect(await provide()).toBe(running);
  });

  it('that cannot be built fails, and that is told', async () => {
    built = new Error('no');
    await expect(provide({ force: true })).rejects.toThrow('no');
    expect(told()[1]).toBe('failed #41: no');
    expect(underWay.at(-1)).toBeUndefined();
  });

  it('B6: whose build was cancelled tells who did it', async () => {
    built = new Error('cut');
    const signal = AbortSignal.abort(new Error('a newer edit came'));
    await expect(provide({ force: true, signal })).rejects.toThrow('cut');
    expect(told()[1]).toBe('cancelled #41: a newer edit came');
  });
});
