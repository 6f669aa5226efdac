import { expect, test } from 'vitest';
import { isRolledOut } from './rollout-state.ts';

const deployed = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
const cases: readonly [string, string, object, object, boolean][] = [
  ['has all pods new and ready', 'Deployment', { replicas: 2 }, deployed, true],
  ['has a pod of the old template left', 'Deployment', { replicas: 2 }, { ...deployed, replicas: 3 }, false],
  [
    'was not seen by its controller yet',
    'Deployment',
    { replicas: 2 },
    { ...deployed, observedGeneration: 1 },
    false,
  ],
  [
    'has a pod that is not ready',
    'Deployment',
    { replicas: 2 },
    { ...deployed, availableReplicas: 1 },
    false,
  ],
  ['is scaled to nothing', 'Deployment', { replicas: 0 }, { observedGeneration: 2 }, true],
  [
    'says no number and has one',
    'Deployment',
    {},
    { ...deployed, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    true,
  ],
  [
    'has come to its update revision',
    'StatefulSet',
    { replicas: 1 },
    {
      observedGeneration: 2,
      readyReplicas: 1,
      updatedReplicas: 1,
      currentRevision: 'b',
      updateRevision: 'b',
    },
    true,
  ],
  [
    'is between two revisions',
    'StatefulSet',
    { replicas: 1 },
    {
      observedGeneration: 2,
      readyReplicas: 1,
      updatedReplicas: 1,
      currentRevision: 'a',
      updateRevision: 'b',
    },
    false,
  ],
  [
    'is on every node',
    'DaemonSet',
    {},
    { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 },
    true,
  ],
  ['has a running pod', 'Job', {}, { ready: 1 }, true],
  ['has none yet', 'Job', {}, { active: 1 }, false],
  ['is ready', 'Pod', {}, { conditions: [{ type: 'Ready', status: 'True' }] }, true],
];

test.each(cases)('a workload that %s (%s)', (_, kind, spec, status, expected) => {
  const metadata = { name: 'w', generation: 2 };
  expect(isRolledOut({ apiVersion: 'apps/v1', kind, metadata, spec, status })).toBe(expected);
});
