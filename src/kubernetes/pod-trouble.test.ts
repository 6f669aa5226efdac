import { expect, test } from 'vitest';
import type { ContainerStatus, Pod } from './pod.ts';
import { troubleOf } from './pod-trouble.ts';

function pod(status: NonNullable<Pod['status']>): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, status };
}

function web(status: Partial<ContainerStatus>): Pod {
  return pod({ containerStatuses: [{ name: 'web', image: 'app:1', ...status }] });
}

const cases: readonly [string, Pod, object | undefined][] = [
  ['a running container', web({ state: { running: {} } }), undefined],
  ['a container that is being made', web({ state: { waiting: { reason: 'ContainerCreating' } } }), undefined],
  ['a container that ended well', web({ state: { terminated: { exitCode: 0 } } }), undefined],
  [
    'a pull that failed, in the registry’s words only',
    web({
      state: {
        waiting: {
          reason: 'ErrImagePull',
          message:
            'rpc error: code = NotFound desc = failed to pull and unpack image "x/app:1": failed to resolve reference: x/app:1: not found',
        },
      },
    }),
    {
      kind: 'image',
      text: 'web: image app:1 cannot be pulled: failed to resolve reference: x/app:1: not found',
      attempts: 1,
    },
  ],
  [
    'a pull that kubelet puts off, with what it says of the cause',
    web({
      state: {
        waiting: {
          reason: 'ImagePullBackOff',
          message: 'Back-off pulling image "app:1": ErrImagePull: connection refused',
        },
      },
    }),
    { kind: 'image', text: 'web: image app:1 cannot be pulled: connection refused', attempts: 2 },
  ],
  [
    'a container that keeps ending, with how it ended last',
    web({
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
    }),
    { kind: 'crash', text: 'web keeps ending (exit code 137, OOMKilled)', attempts: 3 },
  ],
  [
    'a missing Secret',
    web({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "x" not found' } } }),
    { kind: 'config', text: 'web: CreateContainerConfigError: secret "x" not found', attempts: 0 },
  ],
  [
    'an init container before the apps that wait for it',
    pod({
      initContainerStatuses: [
        { name: 'kdev-fill', state: { terminated: { exitCode: 2, message: 'no space' } } },
      ],
      containerStatuses: [{ name: 'web', state: { waiting: { reason: 'PodInitializing' } } }],
    }),
    { kind: 'crash', text: 'kdev-fill ended (exit code 2: no space)', attempts: 0 },
  ],
  [
    'a pod that no node takes',
    pod({
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/1 nodes are available',
        },
      ],
    }),
    { kind: 'unschedulable', text: 'cannot be scheduled: 0/1 nodes are available', attempts: 1 },
  ],
  [
    'an evicted pod',
    pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low\non memory' }),
    { kind: 'ended', text: 'Evicted: The node was low / on memory', attempts: 1 },
  ],
];

test.each(cases)('%s is told in one line', (_, object, expected) => {
  expect(troubleOf(object)).toEqual(expected);
});
