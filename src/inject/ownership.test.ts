import { expect, test } from 'vitest';
import { managedLabels } from '../core/managed-labels.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { ownershipOf } from './ownership.ts';

function workload(labels?: Readonly<Record<string, string>>): KubernetesObject {
  const metadata = { name: 'web', namespace: 'shop', ...(labels && { labels }) };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata };
}

test('a workload that is not there is new, one that kdev made for the project is ours', () => {
  expect(ownershipOf({ existing: undefined, project: 'My Shop' })).toBe('new');
  expect(ownershipOf({ existing: workload(managedLabels('My Shop')), project: 'My Shop' })).toBe('ours');
});

test('a workload that was there before is left alone', () => {
  expect(() => ownershipOf({ existing: workload(), project: 'p' })).toThrow(
    expect.objectContaining({
      code: 'workload-foreign',
      what: 'Deployment web in namespace shop was there before kdev and is not kdev’s to replace.'.replace(
        '’',
        "'",
      ),
    }),
  );
});

test('a workload of another project is left alone', () => {
  expect(() => ownershipOf({ existing: workload(managedLabels('other')), project: 'p' })).toThrow(
    expect.objectContaining({ code: 'workload-foreign', what: expect.stringContaining('"other"') as string }),
  );
});
