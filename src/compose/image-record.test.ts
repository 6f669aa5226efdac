import { expect, it } from 'vitest';
import { FakeWatcher } from '../../test/fakes/watcher.ts';
import { annotations } from '../core/pod-layout.ts';
import type { Service } from '../core/service.ts';
import { digestRebuildInputs, readImageRecords } from './image-record.ts';

const service = (build: Service['build'] = { dockerfile: 'Dockerfile', context: '.', args: {} }) =>
  ({ mappings: [], restart: [], rebuild: ['requirements.txt'], build }) as unknown as Service;

function tree(): FakeWatcher {
  const watcher = new FakeWatcher();
  watcher.save('requirements.txt', 'six');
  watcher.save('app.py', 'print()');
  return watcher;
}

it('an edit that is synced does not change what an image was built by', () => {
  const watcher = tree();
  const before = digestRebuildInputs(service(), watcher);
  watcher.save('app.py', 'print(1)');
  expect(digestRebuildInputs(service(), watcher)).toBe(before);
});

it('an edit of what a rebuild rule names does, and back again is the same', () => {
  const watcher = tree();
  const before = digestRebuildInputs(service(), watcher);
  watcher.save('requirements.txt', 'seven');
  expect(digestRebuildInputs(service(), watcher)).not.toBe(before);
  watcher.save('requirements.txt', 'six');
  expect(digestRebuildInputs(service(), watcher)).toBe(before);
});

it('another build target or argument does', () => {
  const watcher = tree();
  const target = { dockerfile: 'Dockerfile', context: '.', args: {}, target: 'dev' };
  expect(digestRebuildInputs(service(target), watcher)).not.toBe(digestRebuildInputs(service(), watcher));
});

it.each([undefined, '', '{', 'null'])('an annotation of %j remembers nothing', (text) => {
  const marks = text === undefined ? {} : { annotations: { [annotations.images]: text } };
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', ...marks } };
  expect(readImageRecords(object)['web']).toBeUndefined();
});
