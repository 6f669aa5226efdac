import { expect, test } from 'vitest';
import type { Pod } from './pod.ts';
import { readPodFacts } from './pod-facts.ts';

const injected: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', uid: 'u1', labels: { 'pod-template-hash': 'abc' } },
  status: {
    phase: 'Pending',
    conditions: [{ type: 'Ready', status: 'False' }],
    initContainerStatuses: [
      { name: 'kdev-install', state: { terminated: { exitCode: 0 } } },
      { name: 'kdev-sidecar', started: true, state: { running: {} } },
    ],
    containerStatuses: [
      {
        name: 'web',
        containerID: 'containerd://c1',
        imageID: 'app@sha256:1',
        restartCount: 2,
        state: { waiting: { reason: 'PodInitializing' } },
      },
    ],
  },
};

test('a pod is dialled as soon as its sidecar has started, whatever its phase', () => {
  expect(readPodFacts(injected)).toEqual({
    name: 'web-1',
    uid: 'u1',
    phase: 'Pending',
    deleting: false,
    ready: false,
    sidecarStarted: true,
    revision: 'abc',
    containers: {
      web: {
        containerId: 'containerd://c1',
        imageId: 'app@sha256:1',
        restarts: 2,
        state: 'waiting',
        reason: 'PodInitializing',
      },
    },
  });
});

test('a sidecar that is between two lives has not started', () => {
  const statuses = [
    { name: 'kdev-sidecar', started: true, state: { waiting: { reason: 'CrashLoopBackOff' } } },
  ];
  const pod: Pod = { ...injected, status: { ...injected.status, initContainerStatuses: statuses } };
  expect(readPodFacts(pod).sidecarStarted).toBe(false);
  expect(readPodFacts(pod).trouble).toContain('kdev-sidecar keeps ending');
});

test('a pod that nobody has looked at yet is Pending and knows no container', () => {
  const facts = readPodFacts({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'new', uid: 'u2' } });
  expect(facts).toMatchObject({
    phase: 'Pending',
    ready: false,
    sidecarStarted: false,
    containers: {},
    revision: '',
  });
});
